-- What a request to /v1 asks for is a model, or an assistant by its user name: then the assistant's model, with its prompt.
create function api.completion_find(p_actor uuid, p_name text) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_found jsonb;
begin
  if (select role from palaver.users where id = p_actor and disabled_at is null) = 'read_only' then
    perform internal.fail('PV403', 'You may read but not write, so you cannot ask models.');
  end if;
  select jsonb_build_object('model_id', o.model_id, 'assistant_id', o.assistant_id, 'name', o.name,
                            'capabilities', m.capabilities, 'kind', p.kind)
  into v_found from internal.completion_models() o join palaver.models m on m.id = o.model_id
  join palaver.providers p on p.id = m.provider_id where lower(o.name) = lower(p_name);
  if v_found is null then
    perform internal.fail('PV404', 'There is no model of this name here; GET /v1/models lists those that can be asked.');
  end if;
  return v_found;
end $$;

-- All names that can be asked: `[{id, created, owned_by}]`.
create function api.completion_models() returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', o.name, 'created', extract(epoch from o.created_at)::bigint, 'owned_by', o.owned_by)
    order by o.assistant_id is not null, o.created_at, o.name), '[]')
  from internal.completion_models() o
$$;

-- A model and an assistant of one name: the name means the model.
create function internal.completion_models() returns table (
  name text, model_id uuid, assistant_id uuid, owned_by text, created_at timestamptz
) language sql stable as $$
  with models as (
    select m.name, m.id, p.name as owner, m.created_at from palaver.models m join palaver.providers p on p.id = m.provider_id
    where m.disabled_at is null and p.disabled_at is null),
  assistants as (
    select u.username, (internal.model_for(u.id)).id as model_id, u.id, u.created_at
    from palaver.users u join palaver.assistants a on a.user_id = u.id where u.disabled_at is null)
  select name, id, null::uuid, owner, created_at from models
  union all
  select a.username, a.model_id, a.id, 'assistant', a.created_at from assistants a
  where a.model_id is not null and not exists (select from models m where lower(m.name) = lower(a.username))
$$;
