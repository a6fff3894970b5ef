-- A new password of the actor's; every other session ends, and so does the life of links for forgotten ones; keys do if
-- wanted.
-- `p_old_hash` is what the old password was checked against: of two changes at once one is refused.
create function api.password_set(p_actor uuid, p_old_hash text, p_new_hash text, p_keep uuid, p_revoke_keys boolean)
returns integer language plpgsql security definer set search_path = pg_temp as $$
declare
  v_name text;
begin
  update palaver.users set password_hash = p_new_hash, password_changed_at = now(), updated_at = now()
  where id = p_actor and password_hash is not distinct from p_old_hash and disabled_at is null returning username into v_name;
  if not found then
    perform internal.fail('PV409', 'The password was changed a moment ago; use the new one.');
  end if;
  perform internal.token_revoke_of(p_actor, 'reset_password');
  perform internal.audit(p_actor, 'password.changed', 'user', p_actor::text, v_name);
  if p_revoke_keys then
    perform internal.key_revoke_all(p_actor, p_actor);
  end if;
  return internal.session_revoke_others(p_actor, p_keep);
end $$;

-- Somebody has forgotten his password: whom to send the link to, or null. Neither is said to who asks.
create function api.password_forget(p_login text, p_hash bytea, p_ttl integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
begin
  select * into v_user from palaver.users
  where kind = 'human' and disabled_at is null and email is not null and lower(p_login) in (lower(username), lower(email))
  order by lower(email) = lower(p_login) desc limit 1 for no key update;
  if not found or internal.token_is_enough(v_user.id, 'reset_password') then
    return null;
  end if;
  perform internal.token_make(p_hash, 'reset_password', v_user.id, v_user.email, p_ttl);
  perform internal.audit(null, 'password.forgotten', 'user', v_user.id::text, v_user.username);
  return jsonb_build_object('email', v_user.email, 'username', v_user.username);
end $$;

-- The password anew, by the link. Who could open it has shown that the address is his.
-- Whoever knew the old password may have made keys with it: they end, too.
create function api.password_reset(p_hash bytea, p_new_hash text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_token palaver.one_time_tokens := internal.token_use(p_hash, 'reset_password');
  v_user palaver.users;
  v_was_verified boolean := (select email_verified_at is not null from palaver.users where id = v_token.user_id);
begin
  update palaver.users set password_hash = p_new_hash, password_changed_at = now(), updated_at = now(),
    email_verified_at = coalesce(email_verified_at, now())
  where id = v_token.user_id and disabled_at is null and lower(email) = lower(v_token.email) returning * into v_user;
  if not found then
    perform internal.fail('PV410', 'This link is of no use any more; ask for another.');
  end if;
  perform internal.audit(v_user.id, 'password.reset', 'user', v_user.id::text, v_user.username);
  if not v_was_verified then
    -- Whoever made the account with this address has never shown that it is his: nothing of his opens it any longer.
    delete from palaver.passkeys where user_id = v_user.id;
    delete from palaver.identities where user_id = v_user.id;
    delete from palaver.recovery_codes where user_id = v_user.id;
    update palaver.users set totp_secret = null, totp_confirmed_at = null where id = v_user.id returning * into v_user;
  end if;
  perform internal.session_revoke_others(v_user.id, null);
  perform internal.key_revoke_all(v_user.id, v_user.id);
  return internal.user_json(v_user);
end $$;
