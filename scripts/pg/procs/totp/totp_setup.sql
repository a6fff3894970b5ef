-- Is the second factor on, is it being set up, and how many recovery codes are left?
create function api.totp_state(p_actor uuid) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object(
    'enabled', u.totp_confirmed_at is not null, 'enabled_at', u.totp_confirmed_at,
    'pending', u.totp_secret is not null and u.totp_confirmed_at is null,
    'recovery_codes_left', (select count(*) from palaver.recovery_codes c where c.user_id = u.id and c.used_at is null))
  from palaver.users u where u.id = p_actor
$$;

-- Keep a new secret, encrypted by the application; it counts once a code made with it has been given.
create function api.totp_begin(p_actor uuid, p_secret bytea) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.users set totp_secret = p_secret, totp_step = 0, updated_at = now()
  where id = p_actor and totp_confirmed_at is null;
  if not found then
    perform internal.fail('PV409', 'Your authenticator app is set up already; switch it off first.');
  end if;
  perform internal.audit(p_actor, 'totp.begun', 'user', p_actor::text);
end $$;

-- The secret that is being set up, encrypted; empty when there is none.
create function api.totp_pending(p_actor uuid) returns text
language sql stable security definer set search_path = pg_temp as $$
  select encode(totp_secret, 'hex') from palaver.users where id = p_actor and totp_confirmed_at is null
$$;

-- The first code was wrong. After five the secret is forgotten: whoever found a set-up that was left open must not be able
-- to guess his way through it. Answers how many tries are left.
create function api.totp_pending_refuse(p_actor uuid, p_session uuid) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_tries integer;
begin
  perform 1 from palaver.users where id = p_actor for no key update;
  update palaver.sessions set second_factor_tries = second_factor_tries + 1 where id = p_session and user_id = p_actor
  returning second_factor_tries into v_tries;
  if v_tries >= 5 then
    update palaver.users set totp_secret = null where id = p_actor and totp_confirmed_at is null;
    update palaver.sessions set second_factor_tries = 0 where id = p_session;
    perform internal.audit(p_actor, 'totp.abandoned', 'user', p_actor::text);
  end if;
  return greatest(5 - v_tries, 0);
end $$;

-- A code of the step `p_step` was right: the second factor is on. Other sessions were begun without it and end.
create function api.totp_confirm(p_actor uuid, p_session uuid, p_secret bytea, p_step bigint, p_codes bytea[]) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.users set totp_confirmed_at = now(), totp_step = p_step, totp_refused = 0, updated_at = now()
  where id = p_actor and totp_secret = p_secret and totp_confirmed_at is null;
  if not found then
    perform internal.fail('PV409', 'The set-up was begun anew or is done already; load the page again.');
  end if;
  perform internal.recovery_replace(p_actor, p_codes);
  perform internal.session_revoke_others(p_actor, p_session);
  perform internal.second_factor_shown(p_session, 'totp');
  perform internal.audit(p_actor, 'totp.enabled', 'user', p_actor::text);
end $$;
