-- Write down who did what to whom. From where is said by the caller's context, which app/models/db.py sends with every
-- call of a signed-in request as the setting `palaver.context`.
create function internal.audit(
  p_actor uuid, p_action text, p_target_kind text default null, p_target text default null,
  p_target_name text default null, p_details jsonb default '{}'
) returns void language plpgsql as $$
declare
  c jsonb := coalesce(nullif(current_setting('palaver.context', true), ''), '{}')::jsonb;
begin
  insert into palaver.audit (actor_id, actor_name, action, target_kind, target_id, target_name, ip, user_agent,
                             session_id, key_id, request_id, details)
  values (p_actor, coalesce((select username from palaver.users where id = p_actor), c ->> 'actor_name'), p_action,
          p_target_kind, p_target, p_target_name, (c ->> 'ip')::inet, coalesce(c ->> 'user_agent', ''),
          (c ->> 'session_id')::uuid, (c ->> 'key_id')::uuid, coalesce(c ->> 'request_id', ''),
          p_details || coalesce(c -> 'details', '{}'));
end $$;
