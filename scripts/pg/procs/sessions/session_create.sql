-- A new session for a user whose password was right. Beyond `p_max` the oldest leaves.
create function api.session_create(
  p_user uuid, p_token_hash bytea, p_user_agent text, p_ip text, p_idle integer, p_absolute integer, p_max integer
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = p_user and disabled_at is null for update;
  if not found then
    perform internal.fail('PV403', 'This account is disabled; ask an administrator.');
  end if;
  insert into palaver.sessions (user_id, token_hash, idle_seconds, expires_at, absolute_expires_at, user_agent, ip)
  values (p_user, p_token_hash, p_idle, now() + least(p_idle, p_absolute) * interval '1 second',
          now() + p_absolute * interval '1 second', left(coalesce(p_user_agent, ''), 400), p_ip::inet)
  returning * into v_session;
  perform internal.session_revoke(s) from (
    select * from palaver.sessions where user_id = p_user and revoked_at is null and expires_at > now()
    order by created_at desc, id desc offset p_max) as s;
  return jsonb_build_object('user', internal.user_json(v_user), 'session', internal.session_json(v_session));
end $$;
