-- A new session for a user who has proven who he is by `p_method`. A password alone is half a proof for who has a
-- second factor: the session then waits for it. Beyond `p_max` sessions the oldest leaves.
create function api.session_create(
  p_user uuid, p_token_hash bytea, p_user_agent text, p_ip text, p_idle integer, p_absolute integer, p_max integer,
  p_method text
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = p_user and disabled_at is null for no key update;
  if not found then
    perform internal.fail('PV403', 'This account is disabled; ask an administrator.');
  elsif v_user.awaits_verification then
    perform internal.fail('PV403', 'Open the link first that was sent to your e-mail address.');
  end if;
  perform 1 from palaver.topics where id = p_user for update;  -- before any session: see internal.session_revoke
  insert into palaver.sessions (user_id, token_hash, idle_seconds, expires_at, absolute_expires_at, user_agent, ip, method,
                                awaits_second_factor)
  values (p_user, p_token_hash, p_idle, now() + least(p_idle, p_absolute) * interval '1 second',
          now() + p_absolute * interval '1 second', left(coalesce(p_user_agent, ''), 400), p_ip::inet, p_method,
          v_user.totp_confirmed_at is not null and p_method <> 'passkey')
  returning * into v_session;
  perform internal.session_revoke(s) from (
    select * from palaver.sessions where user_id = p_user and revoked_at is null and expires_at > now()
    order by created_at desc, id desc offset p_max) as s;
  perform internal.audit(p_user, 'session.created', 'session', v_session.id::text, v_user.username,
                         jsonb_build_object('method', p_method));
  return jsonb_build_object('user', internal.user_json(v_user), 'session', internal.session_json(v_session));
end $$;

-- The second factor was right: the session is whole.
create function internal.session_complete(p_session uuid) returns void language sql as $$
  update palaver.sessions set awaits_second_factor = false, rotation_reason = 'second_factor' where id = p_session
$$;
