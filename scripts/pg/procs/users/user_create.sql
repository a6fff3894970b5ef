create function internal.user_create(
  p_username text, p_email text, p_display_name text, p_password_hash text, p_role text, p_actor uuid default null
) returns jsonb language plpgsql as $$
declare
  v_user palaver.users;
begin
  if exists (select from palaver.users where lower(username) = lower(p_username)) then
    perform internal.fail('PV409', 'That user name is taken; choose another.');
  elsif exists (select from palaver.users where lower(email) = lower(p_email)) then
    perform internal.fail('PV409', 'That e-mail address belongs to another account.');
  end if;
  insert into palaver.users (username, email, display_name, password_hash, role)
  values (p_username, p_email, coalesce(p_display_name, p_username), p_password_hash, p_role) returning * into v_user;
  insert into palaver.topics (id) values (v_user.id);
  perform internal.audit(p_actor, 'user.created', 'user', v_user.id::text, p_username, jsonb_build_object('role', p_role));
  return internal.user_json(v_user);
exception
  when unique_violation then
    raise exception using errcode = 'PV409', message = 'That user name or e-mail address is taken.';
  when check_violation then
    raise exception using errcode = 'PV422', message =
      'A user name has 1 to 32 letters, digits, dots, dashes or underscores and begins with a letter or digit.';
end $$;

-- A user in full, for the user himself and for administrators.
create function internal.user_json(u palaver.users) returns jsonb language sql stable as $$
  select internal.user_card(u) || jsonb_build_object(
    'email', u.email, 'pending_email', u.pending_email, 'email_verified_at', u.email_verified_at, 'role', u.role, 'locale', u.locale,
    'time_zone', u.time_zone, 'theme', u.theme, 'has_password', u.password_hash is not null,
    'has_totp', u.totp_confirmed_at is not null,
    'has_passkey', exists (select from palaver.passkeys p where p.user_id = u.id), 'created_at', u.created_at, 'disabled_at', u.disabled_at)
$$;

-- An account made from the command line, where the operator has every right.
create function api.user_create(p_username text, p_email text, p_display_name text, p_password_hash text, p_role text)
returns jsonb language sql security definer set search_path = pg_temp as $$
  select internal.user_create(p_username, p_email, p_display_name, p_password_hash, p_role)
$$;
