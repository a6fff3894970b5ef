-- End one of one's own keys; administrators may end anybody's. False when there is none.
create function api.key_revoke(p_actor uuid, p_key uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_key palaver.api_keys;
begin
  select * into v_key from palaver.api_keys k where k.id = p_key and k.revoked_at is null
    and (k.user_id = p_actor or exists (select from palaver.users where id = p_actor and role = 'admin' and disabled_at is null));
  return found and internal.key_revoke(p_actor, v_key);
end $$;

-- From the command line.
create function api.key_end(p_key uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_key palaver.api_keys;
begin
  select * into v_key from palaver.api_keys where id = p_key and revoked_at is null;
  return found and internal.key_revoke(null, v_key);
end $$;

-- End a key and tell every process, so that the streams it opened close. The user's topic is locked before the key.
create function internal.key_revoke(p_actor uuid, k palaver.api_keys) returns boolean language plpgsql as $$
begin
  perform 1 from palaver.topics where id = k.user_id for update;
  update palaver.api_keys set revoked_at = now() where id = k.id and revoked_at is null;
  if not found then
    return false;
  end if;
  perform internal.emit(k.user_id, 'key.revoked', jsonb_build_object('key_id', k.id));
  perform internal.audit(p_actor, 'key.revoked', 'key', k.id::text, k.name,
                         jsonb_build_object('user_id', k.user_id, 'prefix', k.prefix));
  return true;
end $$;

-- Every key of a user, when the account is disabled or the password chosen anew.
create function internal.key_revoke_all(p_actor uuid, p_user uuid) returns void language sql as $$
  select internal.key_revoke(p_actor, k) from palaver.api_keys k where k.user_id = p_user and k.revoked_at is null
$$;
