-- Sign out, or end another of one's own sessions; administrators may end anybody's.
create function api.session_end(p_actor uuid, p_session uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
begin
  select * into v_session from palaver.sessions s where s.id = p_session and s.revoked_at is null
    and (s.user_id = p_actor or exists (select from palaver.users where id = p_actor and role = 'admin' and disabled_at is null));
  if not found then
    return false;
  end if;
  perform internal.session_revoke(v_session);
  perform internal.audit(p_actor, 'session.ended', 'session', p_session::text,
                         (select username from palaver.users where id = v_session.user_id));
  return true;
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
  perform internal.audit(null, 'session.ended', 'session', p_session::text, p_login, jsonb_build_object('ended', v_count));
  return v_count;
end $$;
