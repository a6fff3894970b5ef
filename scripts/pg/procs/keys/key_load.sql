-- The living key with this hash and its user, or null. Its use is written down at most once a minute, by one of the
-- requests that come at the same time; the others do not wait for it. `seconds`: it counts for at least so long.
create function api.key_load(p_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_key palaver.api_keys;
  v_user palaver.users;
begin
  select * into v_key from palaver.api_keys
  where key_hash = p_hash and revoked_at is null and (expires_at is null or expires_at > now());
  if not found then
    return null;
  end if;
  select * into v_user from palaver.users where id = v_key.user_id and disabled_at is null;
  if not found then
    return null;
  end if;
  if v_key.last_used_at is null or v_key.last_used_at < now() - interval '1 minute' then
    update palaver.api_keys set last_used_at = now() where id = (
      select id from palaver.api_keys where id = v_key.id and revoked_at is null
        and (last_used_at is null or last_used_at < now() - interval '1 minute') for update skip locked);
  end if;
  return jsonb_build_object('user', internal.user_json(v_user), 'key', internal.key_json(v_key),
                            'seconds', coalesce(extract(epoch from v_key.expires_at - now()), 60));
end $$;
