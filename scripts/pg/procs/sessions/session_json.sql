create function internal.session_json(s palaver.sessions) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', s.id, 'user_id', s.user_id, 'issued_at', s.created_at, 'last_seen_at', s.last_seen_at,
    'expires_at', s.expires_at, 'absolute_expires_at', s.absolute_expires_at, 'revoked_at', s.revoked_at,
    'user_agent', s.user_agent, 'ip', host(s.ip))
$$;

-- End a session and tell every process, so that its open streams close.
create function internal.session_revoke(s palaver.sessions) returns void language plpgsql as $$
begin
  update palaver.sessions set revoked_at = now() where id = s.id;
  perform internal.emit(s.user_id, 'session.revoked', jsonb_build_object('session_id', s.id));
end $$;
