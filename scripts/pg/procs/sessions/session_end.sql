-- Sign out.
create function api.session_end(p_actor uuid, p_session uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.session_revoke(s) from palaver.sessions s
  where s.id = p_session and s.user_id = p_actor and s.revoked_at is null;
  return found;
end $$;

-- From the command line: one session, or every session of one user; answers how many ended.
create function api.session_revoke(p_session uuid, p_login text) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count integer;
begin
  select count(internal.session_revoke(s)) into v_count
  from palaver.sessions s join palaver.users u on u.id = s.user_id
  where s.revoked_at is null and s.expires_at > now() and (s.id = p_session or lower(p_login) in (lower(u.username), lower(u.email)));
  return v_count;
end $$;
