-- A new assistant: a user of this kind, and what makes it answer.
create function api.assistant_create(p_actor uuid, p_given jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  g jsonb := p_given;
  v_user palaver.users;
  v_assistant palaver.assistants;
begin
  perform internal.require_runner(p_actor);
  perform internal.check_assistant(g, null);
  insert into palaver.users (kind, username, display_name, avatar)
  values ('assistant', g ->> 'username', coalesce(g ->> 'display_name', g ->> 'username'), coalesce(g ->> 'avatar', ''))
  returning * into v_user;
  insert into palaver.topics (id) values (v_user.id);
  insert into palaver.assistants (user_id, model_id, system_prompt, temperature, answers)
  values (v_user.id, (g ->> 'model_id')::uuid, coalesce(g ->> 'system_prompt', ''), (g ->> 'temperature')::real,
          coalesce(g ->> 'answers', 'mentioned')) returning * into v_assistant;
  perform internal.audit(p_actor, 'assistant.added', 'user', v_user.id::text, v_user.username, internal.assistant_told(g));
  return internal.assistant_json(v_assistant);
end $$;

-- Change what `p_given` names; `disabled` takes it out of every list, and it answers no more.
create function api.assistant_update(p_actor uuid, p_assistant uuid, p_given jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  g jsonb := p_given;
  v_user palaver.users;
  v_assistant palaver.assistants;
  v_was_disabled boolean;
begin
  perform internal.require_runner(p_actor);
  select u.* into v_user from palaver.users u join palaver.assistants a on a.user_id = u.id
  where u.id = p_assistant for no key update of u;
  if not found then
    perform internal.fail('PV404', 'There is no such assistant.');
  end if;
  perform internal.check_assistant(g, p_assistant);
  v_was_disabled := v_user.disabled_at is not null;
  update palaver.users u set
    username = case when g ? 'username' then g ->> 'username' else u.username end,
    display_name = case when g ? 'display_name' then g ->> 'display_name' else u.display_name end,
    avatar = case when g ? 'avatar' then g ->> 'avatar' else u.avatar end,
    disabled_at = case (g ->> 'disabled')::boolean when true then coalesce(u.disabled_at, now()) when false then null
                  else u.disabled_at end,
    updated_at = now()
  where id = p_assistant returning * into v_user;
  update palaver.assistants a set
    model_id = case when g ? 'model_id' then (g ->> 'model_id')::uuid else a.model_id end,
    system_prompt = case when g ? 'system_prompt' then g ->> 'system_prompt' else a.system_prompt end,
    temperature = case when g ? 'temperature' then (g ->> 'temperature')::real else a.temperature end,
    answers = case when g ? 'answers' then g ->> 'answers' else a.answers end,
    updated_at = now()
  where user_id = p_assistant returning * into v_assistant;
  if v_was_disabled <> (v_user.disabled_at is not null) then
    perform internal.audit(p_actor, case when v_was_disabled then 'assistant.enabled' else 'assistant.disabled' end, 'user',
                           p_assistant::text, v_user.username);
  end if;
  if g - 'disabled' <> '{}' then
    perform internal.audit(p_actor, 'assistant.changed', 'user', p_assistant::text, v_user.username,
                           internal.assistant_told(g - 'disabled'));
  end if;
  return internal.assistant_json(v_assistant);
end $$;

create function internal.check_assistant(p_given jsonb, p_except uuid) returns void language plpgsql stable as $$
begin
  if exists (select from palaver.users where lower(username) = lower(p_given ->> 'username') and id is distinct from p_except) then
    perform internal.fail('PV409', 'That user name is taken; choose another.');
  elsif p_given ->> 'model_id' is not null
      and not exists (select from palaver.models where id = (p_given ->> 'model_id')::uuid) then
    perform internal.fail('PV422', 'There is no such model; choose one of the list.');
  end if;
end $$;

-- What the audit log says of a change: of a long prompt only that there is another one.
create function internal.assistant_told(p_given jsonb) returns jsonb language sql stable as $$
  select p_given - 'username' - 'model_id' - 'system_prompt'
    || case when p_given ? 'model_id' then jsonb_build_object('model', coalesce(
         (select name from palaver.models where id = (p_given ->> 'model_id')::uuid), 'the default')) else '{}' end
    || case when p_given ? 'system_prompt' then
         jsonb_build_object('system_prompt', length(p_given ->> 'system_prompt') || ' characters') else '{}' end
$$;
