-- The living session of a token with its user, or null. Use slides the idle expiry, written at most once a minute so
-- that reading costs no write.
create function api.session_load(p_token_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
  v_user palaver.users;
begin
  select * into v_session from palaver.sessions s
  where s.token_hash = p_token_hash and s.revoked_at is null and s.expires_at > now() and s.absolute_expires_at > now();
  if not found then
    return null;
  end if;
  select * into v_user from palaver.users where id = v_session.user_id and disabled_at is null;
  if not found then
    return null;
  end if;
  if v_session.last_seen_at < now() - interval '1 minute' then
    update palaver.sessions
    set last_seen_at = now(), expires_at = least(now() + idle_seconds * interval '1 second', absolute_expires_at)
    where id = v_session.id and revoked_at is null returning * into v_session;
    if not found then
      return null;
    end if;
  end if;
  return jsonb_build_object('user', internal.user_json(v_user), 'session', internal.session_json(v_session));
end $$;
