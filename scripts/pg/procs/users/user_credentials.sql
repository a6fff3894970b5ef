-- What checking a password needs. The login is a user name or an e-mail address; who waits for the link to his address
-- is found by that, too, so that he can be told. Empty for an unknown one.
create function api.user_credentials(p_login text) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object('id', id, 'password_hash', password_hash, 'disabled', disabled_at is not null,
                            'awaits_verification', awaits_verification)
  from palaver.users where kind = 'human' and (lower(p_login) in (lower(username), lower(email))
                             or (awaits_verification and lower(p_login) = lower(pending_email)))
  order by lower(username) = lower(p_login) desc, awaits_verification, created_at desc limit 1
$$;

-- Store the hash again, made with today's cost.
create function api.user_rehash(p_user uuid, p_old_hash text, p_new_hash text) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.users set password_hash = p_new_hash where id = p_user and password_hash = p_old_hash;
  return found;
end $$;
