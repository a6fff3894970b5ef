-- Without an authenticator app again; the caller has proven that he may.
create function api.totp_disable(p_actor uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  if not internal.totp_forget(p_actor) then
    perform internal.fail('PV409', 'No authenticator app is set up.');
  end if;
  perform internal.session_mark_rotation(p_actor, 'second_factor');
  perform internal.audit(p_actor, 'totp.disabled', 'user', p_actor::text);
end $$;

create function internal.totp_forget(p_user uuid) returns boolean language plpgsql as $$
declare
  v_was boolean;
begin
  select totp_secret is not null into v_was from palaver.users where id = p_user for no key update;
  update palaver.users set totp_secret = null, totp_confirmed_at = null, totp_refused = 0, updated_at = now() where id = p_user;
  delete from palaver.recovery_codes where user_id = p_user;
  return v_was;
end $$;

-- Somebody lost his phone: an administrator takes every second factor of the account away, passkeys too, and ends its
-- sessions. The password then suffices once more.
create function api.totp_reset(p_actor uuid, p_user uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  perform internal.totp_reset(p_actor, p_user);
end $$;

-- From the command line; answers the user name.
create function api.totp_reset_as_operator(p_login text) returns text
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
begin
  select * into v_user from palaver.users where kind = 'human' and lower(p_login) in (lower(username), lower(email))
  order by lower(username) = lower(p_login) desc limit 1;
  perform internal.totp_reset(null, v_user.id);
  return v_user.username;
end $$;

create function internal.totp_reset(p_actor uuid, p_user uuid) returns void language plpgsql as $$
declare
  v_name text;
begin
  select username into v_name from palaver.users where id = p_user and kind = 'human' for no key update;
  if not found then
    perform internal.fail('PV404', 'There is no such user.');
  end if;
  perform internal.totp_forget(p_user);
  delete from palaver.passkeys where user_id = p_user;
  perform internal.session_revoke_others(p_user, null);
  perform internal.audit(p_actor, 'second_factor.reset', 'user', p_user::text, v_name);
end $$;
