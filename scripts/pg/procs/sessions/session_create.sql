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
                                awaits_second_factor, most)
  values (p_user, p_token_hash, p_idle, now() + least(p_idle, p_absolute) * interval '1 second',
          now() + p_absolute * interval '1 second', left(coalesce(p_user_agent, ''), 400), p_ip::inet, p_method,
          v_user.totp_confirmed_at is not null and p_method <> 'passkey', p_max)
  returning * into v_session;
  perform internal.session_make_room(v_session);
  perform internal.audit(p_user, 'session.created', 'session', v_session.id::text, v_user.username,
                         jsonb_build_object('method', p_method));
  return jsonb_build_object('user', internal.user_json(v_user), 'session', internal.session_json(v_session));
end $$;

-- End the oldest sessions beyond the user's number. Those that still wait for a second factor make room among
-- themselves: who knows nothing but the password cannot throw the owner out.
create function internal.session_make_room(p_new palaver.sessions) returns void language sql as $$
  select internal.session_revoke(s) from (
    select * from palaver.sessions
    where user_id = p_new.user_id and revoked_at is null and expires_at > now()
      and awaits_second_factor = p_new.awaits_second_factor
    order by created_at desc, id desc offset coalesce(p_new.most, 100)) as s
$$;

-- The second factor was right: the session is whole.
create function internal.session_complete(p_session uuid) returns void language plpgsql as $$
declare
  v_session palaver.sessions;
begin
  perform 1 from palaver.topics t join palaver.sessions s on s.user_id = t.id where s.id = p_session for update of t;
  update palaver.sessions set awaits_second_factor = false, rotation_reason = 'second_factor' where id = p_session
  returning * into v_session;
  perform internal.session_make_room(v_session);
end $$;
