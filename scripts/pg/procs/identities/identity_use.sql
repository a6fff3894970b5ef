-- The account that an identity belongs to, or null for one that nobody has linked. That it was used is remembered.
create function api.identity_use(p_provider text, p_issuer text, p_subject text, p_email text, p_name text) returns uuid
language sql security definer set search_path = pg_temp as $$
  update palaver.identities set last_used_at = now(), email = coalesce(p_email, email), name = p_name
  where provider = p_provider and issuer = p_issuer and subject = p_subject returning user_id
$$;

-- A state counts once: false for one that has come back before.
create function api.identity_state_use(p_state_hash bytea, p_seconds integer) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  delete from palaver.identity_states where expires_at < now();
  insert into palaver.identity_states values (p_state_hash, now() + p_seconds * interval '1 second')
  on conflict do nothing;
  return found;
end $$;
