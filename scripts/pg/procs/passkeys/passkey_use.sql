-- The passkey with this credential, with what checking a signature needs; empty for an unknown one.
create function api.passkey_find(p_credential bytea) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object('id', id, 'user_id', user_id, 'public_key', encode(public_key, 'hex'), 'sign_count', sign_count)
  from palaver.passkeys where credential_id = p_credential
$$;

-- Its signature was right. False when the challenge was answered before, or the count did not grow: then somebody may
-- have copied the passkey. (Many authenticators do not count and say 0.)
create function api.passkey_use(p_passkey uuid, p_challenge bytea, p_count bigint) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  if not internal.challenge_use(p_challenge) then
    return false;
  end if;
  update palaver.passkeys set sign_count = p_count, last_used_at = now()
  where id = p_passkey and (p_count > sign_count or (p_count = 0 and sign_count = 0));
  return found;
end $$;

-- A passkey as the second factor of a session that waits for one.
create function api.passkey_pass(p_actor uuid, p_session uuid) returns void
language sql security definer set search_path = pg_temp as $$
  select internal.second_factor_passed(p_actor, p_session, 'passkey')
$$;

-- True at the first use of a challenge. One that is older than ten minutes was refused by its signature before.
create function internal.challenge_use(p_hash bytea) returns boolean language plpgsql as $$
begin
  delete from palaver.passkey_challenges where expires_at < now();
  insert into palaver.passkey_challenges values (p_hash, now() + interval '10 minutes') on conflict do nothing;
  return found;
end $$;
