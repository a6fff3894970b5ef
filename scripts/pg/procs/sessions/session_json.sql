create function internal.session_json(s palaver.sessions) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', s.id, 'user_id', s.user_id, 'issued_at', s.created_at, 'last_seen_at', s.last_seen_at,
    'expires_at', s.expires_at, 'absolute_expires_at', s.absolute_expires_at, 'revoked_at', s.revoked_at,
    'user_agent', s.user_agent, 'ip', host(s.ip), 'method', s.method,
    'suspicious', s.suspicious_at is not null, 'awaits_second_factor', s.awaits_second_factor,
    'second_factor', s.second_factor)
$$;

-- End a session and tell every process, so that its open streams close. Whoever ends several locks the user's topic
-- before the sessions, as this does.
create function internal.session_revoke(s palaver.sessions) returns void language plpgsql as $$
begin
  perform 1 from palaver.topics where id = s.user_id for update;
  update palaver.sessions set revoked_at = now() where id = s.id;
  perform internal.emit(s.user_id, 'session.revoked', jsonb_build_object('session_id', s.id));
end $$;

-- End every session of a user but one (or all): after a new password, a new second factor, a lost device.
create function internal.session_revoke_others(p_user uuid, p_keep uuid) returns integer language plpgsql as $$
declare
  v_count integer;
begin
  select count(internal.session_revoke(s)) into v_count from palaver.sessions s
  where s.user_id = p_user and s.revoked_at is null and s.expires_at > now() and s.id is distinct from p_keep;
  return v_count;
end $$;

-- Ask for a new token at the next request: the user's rights have changed.
create function internal.session_mark_rotation(p_user uuid, p_reason text) returns void language sql as $$
  update palaver.sessions set rotation_reason = p_reason where user_id = p_user and revoked_at is null and expires_at > now()
$$;
