-- Sign in with it no more. Sessions that were begun with it end, but for `p_keep`: whoever unlinks may do so because
-- the account elsewhere is not his alone any more. The last way to sign in stays; `p_usable` are the providers that
-- are configured.
create function api.identity_unlink(p_actor uuid, p_provider text, p_usable text[], p_keep uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = p_actor for no key update;
  delete from palaver.identities where user_id = p_actor and provider = p_provider;
  if not found then
    perform internal.fail('PV404', 'You have not linked such an account.');
  elsif v_user.password_hash is null
        and not exists (select from palaver.passkeys where user_id = p_actor)
        and not exists (select from palaver.identities where user_id = p_actor and provider = any (p_usable)) then
    perform internal.fail('PV409', 'This is your only way to sign in; set a password first, or link another account.');
  end if;
  perform 1 from palaver.topics where id = p_actor for update;
  perform internal.session_revoke(s) from palaver.sessions s
  where s.user_id = p_actor and s.method = p_provider and s.id is distinct from p_keep
    and s.revoked_at is null and s.expires_at > now();
  perform internal.audit(p_actor, 'identity.unlinked', 'user', p_actor::text, v_user.username,
                         jsonb_build_object('provider', p_provider));
  return api.identity_list(p_actor);
end $$;
