-- Living sessions, newest first; of one user when a login is given.
create function api.session_list(p_login text) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.session_json(s) || jsonb_build_object('username', u.username)
                            order by s.last_seen_at desc), '[]')
  from palaver.sessions s join palaver.users u on u.id = s.user_id
  where s.revoked_at is null and s.expires_at > now()
    and (p_login is null or lower(p_login) in (lower(u.username), lower(u.email)))
$$;

-- One's own living sessions; administrators may ask for anybody's.
create function api.session_list_of(p_actor uuid, p_user uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  if p_actor <> p_user then
    perform internal.require_admin(p_actor);
  end if;
  return (select coalesce(jsonb_agg(internal.session_json(s) order by s.last_seen_at desc), '[]')
          from palaver.sessions s where s.user_id = p_user and s.revoked_at is null and s.expires_at > now());
end $$;

-- Delete what can never be used again; answers how many.
create function api.session_prune() returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count integer;
begin
  delete from palaver.sessions where revoked_at is not null or expires_at <= now() or absolute_expires_at <= now();
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- Which of these sessions (and keys) still live: how a process finds the streams to close, of those that merely ran out
-- and of those whose end it did not hear.
create function api.session_alive(p_sessions uuid[]) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(c.id), '[]') from (
    select id, user_id from palaver.sessions where id = any (p_sessions) and revoked_at is null and expires_at > now()
    union all
    select id, user_id from palaver.api_keys
    where id = any (p_sessions) and revoked_at is null and (expires_at is null or expires_at > now())) as c
  join palaver.users u on u.id = c.user_id where u.disabled_at is null
$$;
