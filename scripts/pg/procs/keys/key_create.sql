-- A key for a program. The caller keeps the token; only its hash comes here.
create function api.key_create(
  p_actor uuid, p_name text, p_scopes text[], p_hash bytea, p_prefix text, p_ttl_seconds integer
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
begin
  if 'admin' = any (p_scopes) then
    perform internal.require_admin(p_actor);
  end if;
  return internal.key_create(p_actor, p_actor, p_name, p_scopes, p_hash, p_prefix, p_ttl_seconds);
end $$;

-- From the command line, for the user with this name or address.
create function api.key_make(
  p_login text, p_name text, p_scopes text[], p_hash bytea, p_prefix text, p_ttl_seconds integer
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user uuid;
begin
  select id into v_user from palaver.users
  where kind = 'human' and disabled_at is null and lower(p_login) in (lower(username), lower(email))
  order by lower(username) = lower(p_login) desc limit 1;
  if not found then
    perform internal.fail('PV404', format('There is no user %s, or the account is disabled.', p_login));
  end if;
  return internal.key_create(null, v_user, p_name, p_scopes, p_hash, p_prefix, p_ttl_seconds);
end $$;

create function internal.key_create(
  p_actor uuid, p_user uuid, p_name text, p_scopes text[], p_hash bytea, p_prefix text, p_ttl_seconds integer
) returns jsonb language plpgsql as $$
declare
  v_key palaver.api_keys;
begin
  perform 1 from palaver.topics where id = p_user for update;  -- two at once count each other
  if (select count(*) from palaver.api_keys where user_id = p_user and revoked_at is null) >= 100 then
    perform internal.fail('PV409', 'There are 100 keys already; revoke those that are no longer used.');
  end if;
  insert into palaver.api_keys (user_id, name, scopes, key_hash, prefix, expires_at)
  values (p_user, p_name, array(select distinct s from unnest(p_scopes) as s order by s), p_hash, p_prefix,
          now() + p_ttl_seconds * interval '1 second')
  returning * into v_key;
  perform internal.audit(p_actor, 'key.created', 'key', v_key.id::text, p_name, jsonb_build_object(
    'user_id', p_user, 'prefix', p_prefix, 'scopes', v_key.scopes, 'expires_at', v_key.expires_at));
  return internal.key_json(v_key);
end $$;

create function internal.key_json(k palaver.api_keys) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', k.id, 'name', k.name, 'prefix', k.prefix, 'scopes', to_jsonb(k.scopes), 'created_at', k.created_at,
    'last_used_at', k.last_used_at, 'expires_at', k.expires_at)
$$;
