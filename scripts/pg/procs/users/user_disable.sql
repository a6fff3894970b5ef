-- Nobody can sign in as a disabled user, whoever is signed in is signed out, and its API keys end; enabling brings nothing
-- back.
create function api.user_disable(p_login text, p_disabled boolean) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
begin
  perform 1 from palaver.server for update;
  update palaver.users set disabled_at = case when p_disabled then coalesce(disabled_at, now()) end, updated_at = now()
  where kind = 'human' and lower(p_login) in (lower(username), lower(email)) returning * into v_user;
  if not found then
    perform internal.fail('PV404', format('There is no user %s.', p_login));
  end if;
  if p_disabled then
    perform internal.owner_lock(v_user.id);
    perform internal.owner_succeed(null, v_user.id);
    perform internal.session_revoke_others(v_user.id, null);
    perform internal.key_revoke_all(null, v_user.id);
  end if;
  perform internal.audit(null, case when p_disabled then 'user.disabled' else 'user.enabled' end, 'user', v_user.id::text,
                         v_user.username);
  return internal.user_json(v_user);
end $$;
