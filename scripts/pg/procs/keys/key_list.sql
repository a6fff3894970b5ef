-- One's own keys that were not revoked, newest first; an expired one is still shown.
create function api.key_list_of(p_actor uuid) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.key_json(k) order by k.created_at desc, k.id desc), '[]')
  from palaver.api_keys k where k.user_id = p_actor and k.revoked_at is null
$$;

-- Everybody's, for the command line; of one user when a login is given.
create function api.key_list(p_login text) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.key_json(k) || jsonb_build_object('username', u.username)
                            order by lower(u.username), k.created_at, k.id), '[]')
  from palaver.api_keys k join palaver.users u on u.id = k.user_id
  where k.revoked_at is null and (p_login is null or lower(p_login) in (lower(u.username), lower(u.email)))
$$;
