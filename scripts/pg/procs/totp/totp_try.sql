-- One try at the second factor of this session: counted before anybody looks at the code, so that many at once are not
-- more than five. Answers what checking needs: `{left, wait, step, secret}`; empty when the session is at its end.
-- `wait`: too many wrong codes were given for this account; six digits could be guessed.
create function api.totp_try(p_actor uuid, p_session uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
  v_tries integer;
begin
  select * into v_user from palaver.users where id = p_actor and disabled_at is null for no key update;
  perform 1 from palaver.topics where id = p_actor for update;  -- before the session: see internal.session_revoke
  update palaver.sessions set second_factor_tries = second_factor_tries + 1
  where id = p_session and user_id = v_user.id and revoked_at is null returning second_factor_tries into v_tries;
  if v_tries is null or v_tries > 5 then
    return null;
  end if;
  return jsonb_build_object(
    'left', 5 - v_tries, 'step', v_user.totp_step,
    'secret', case when v_user.totp_confirmed_at is not null then encode(v_user.totp_secret, 'hex') end,
    'wait', v_user.totp_refused >= 10 and v_user.totp_refused_at > now() - interval '15 minutes');
end $$;

-- The try was wrong. The fifth in a row ends the session; answers how many are left.
create function api.totp_refuse(p_actor uuid, p_session uuid, p_kind text) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
begin
  update palaver.users set totp_refused = totp_refused + 1, totp_refused_at = now()
  where id = p_actor and p_kind = 'totp';
  perform 1 from palaver.topics where id = p_actor for update;
  select * into v_session from palaver.sessions where id = p_session and user_id = p_actor for update;
  perform internal.audit(p_actor, 'second_factor.refused', 'session', p_session::text, null,
                         jsonb_build_object('kind', p_kind, 'left', 5 - v_session.second_factor_tries));
  if v_session.second_factor_tries >= 5 and v_session.revoked_at is null then
    perform internal.session_revoke(v_session);
    perform internal.audit(p_actor, 'session.ended', 'session', p_session::text,
                           (select username from palaver.users where id = p_actor), '{"why": "second factor"}');
  end if;
  return greatest(5 - v_session.second_factor_tries, 0);
end $$;

-- The code of the step `p_step` was right; false when that step, or a later one, was used before: a code works once.
create function api.totp_pass(p_actor uuid, p_session uuid, p_step bigint) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.users set totp_step = p_step, totp_refused = 0
  where id = p_actor and totp_confirmed_at is not null and totp_step < p_step;
  if not found then
    return false;
  end if;
  perform internal.second_factor_passed(p_actor, p_session, 'totp');
  return true;
end $$;

-- The second factor was right: the session is whole.
create function internal.second_factor_passed(p_actor uuid, p_session uuid, p_kind text) returns void
language plpgsql as $$
begin
  perform internal.session_complete(p_session);
  perform internal.second_factor_shown(p_session, p_kind);
  perform internal.audit(p_actor, 'second_factor.passed', 'session', p_session::text, null,
                         jsonb_build_object('kind', p_kind));
end $$;

create function internal.second_factor_shown(p_session uuid, p_kind text) returns void language sql as $$
  update palaver.sessions set second_factor = p_kind, second_factor_tries = 0, rotation_reason = 'second_factor'
  where id = p_session
$$;
