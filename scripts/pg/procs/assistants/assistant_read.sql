-- Every assistant, oldest first, for administrators; without an actor the operator asks.
create function api.assistant_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_runner(p_actor);
  return (select coalesce(jsonb_agg(internal.assistant_json(a) order by u.created_at, u.id), '[]')
          from palaver.assistants a join palaver.users u on u.id = a.user_id);
end $$;

create function api.assistant_get(p_actor uuid, p_assistant uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_assistant palaver.assistants;
begin
  perform internal.require_runner(p_actor);
  select * into v_assistant from palaver.assistants where user_id = p_assistant;
  if not found then
    perform internal.fail('PV404', 'There is no such assistant.');
  end if;
  return internal.assistant_json(v_assistant);
end $$;

-- Whom everybody may ask; `model` is the one that an answer would come from now, null when there is none.
create function api.assistant_offered(p_actor uuid) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.user_card(u) || jsonb_build_object(
    'model', (internal.model_for(u.id)).name, 'answers', a.answers) order by u.created_at, u.id), '[]')
  from palaver.assistants a join palaver.users u on u.id = a.user_id
  where u.disabled_at is null and exists (select from palaver.users where id = p_actor and disabled_at is null)
$$;

create function internal.assistant_json(a palaver.assistants) returns jsonb language sql stable as $$
  select internal.user_card(u) || jsonb_build_object(
    'avatar', u.avatar, 'model_id', a.model_id, 'model', (select name from palaver.models where id = a.model_id),
    'system_prompt', a.system_prompt, 'temperature', a.temperature, 'answers', a.answers,
    'created_at', u.created_at, 'updated_at', a.updated_at, 'disabled_at', u.disabled_at)
  from palaver.users u where u.id = a.user_id
$$;
