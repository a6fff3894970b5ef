-- An account that an administrator makes for somebody.
create function api.user_add(
  p_actor uuid, p_username text, p_email text, p_display_name text, p_password_hash text, p_role text
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.user_create(p_username, p_email, p_display_name, p_password_hash, p_role, p_actor);
end $$;

-- Another role for somebody, or no access at all: what is null stays. One administrator who can sign in always remains;
-- the row of the server makes two who demote each other wait for one another.
create function api.user_govern(p_actor uuid, p_user uuid, p_role text, p_disabled boolean) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_before palaver.users;
  v_user palaver.users;
begin
  perform 1 from palaver.server for update;
  perform internal.require_admin(p_actor);
  v_before := internal.require_human(p_user);
  perform internal.owner_lock(p_user);  -- before any session, too: see internal.session_revoke
  update palaver.users set role = coalesce(p_role, role), updated_at = now(),
    disabled_at = case p_disabled when true then coalesce(disabled_at, now()) when false then null else disabled_at end
  where id = p_user returning * into v_user;
  if not exists (select from palaver.users where kind = 'human' and role = 'admin' and disabled_at is null
                 and id is distinct from (select local_user from palaver.server)) then
    perform internal.fail('PV409', 'This is the last administrator; make somebody else one first.');
  end if;
  if v_user.role <> v_before.role then
    perform internal.session_mark_rotation(p_user, 'role');
    perform internal.audit(p_actor, 'user.role_changed', 'user', p_user::text, v_user.username,
                           jsonb_build_object('from', v_before.role, 'to', v_user.role));
  end if;
  if (v_user.disabled_at is null) <> (v_before.disabled_at is null) then
    perform internal.audit(p_actor, case when p_disabled then 'user.disabled' else 'user.enabled' end, 'user',
                           p_user::text, v_user.username);
  end if;
  if p_disabled then
    perform internal.owner_succeed(p_actor, p_user);
    perform internal.session_revoke_others(p_user, null);
    perform internal.key_revoke_all(p_actor, p_user);
  end if;
  return internal.user_json(v_user);
end $$;

create function internal.require_human(p_user uuid) returns palaver.users language plpgsql as $$
declare
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = p_user and kind = 'human' for no key update;
  if not found then
    perform internal.fail('PV404', 'There is no such user.');
  end if;
  return v_user;
end $$;
