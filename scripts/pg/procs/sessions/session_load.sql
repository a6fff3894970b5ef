-- The living session of a token with its user, or null. Use slides the idle expiry, written at most once a minute so
-- that reading costs no write. The token before the last rotation still counts for ten seconds. With `p_check` a client
-- that looks different from before makes the session suspicious: it opens nothing until the password is given again.
create function api.session_load(p_token_hash bytea, p_user_agent text, p_ip text, p_check boolean) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
  v_user palaver.users;
  v_current boolean;
begin
  select * into v_session from palaver.sessions s
  where s.token_hash = p_token_hash and s.revoked_at is null and s.expires_at > now() and s.absolute_expires_at > now();
  v_current := found;
  if not found then
    select * into v_session from palaver.sessions s
    where s.previous_hash = p_token_hash and s.rotated_at > now() - interval '10 seconds'
      and s.revoked_at is null and s.expires_at > now() and s.absolute_expires_at > now();
    if not found then
      return null;
    end if;
  end if;
  select * into v_user from palaver.users where id = v_session.user_id and disabled_at is null;
  if not found then
    return null;
  end if;
  if p_check and v_session.suspicious_at is null
     and (v_session.user_agent <> left(coalesce(p_user_agent, ''), 400) or v_session.ip is distinct from p_ip::inet) then
    update palaver.sessions set suspicious_at = now() where id = v_session.id returning * into v_session;
    perform internal.audit(v_user.id, 'session.suspicious', 'session', v_session.id::text, v_user.username);
  end if;
  if v_session.last_seen_at < now() - interval '1 minute' then
    update palaver.sessions
    set last_seen_at = now(), expires_at = least(now() + idle_seconds * interval '1 second', absolute_expires_at)
    where id = v_session.id and revoked_at is null returning * into v_session;
    if not found then
      return null;
    end if;
  end if;
  return jsonb_build_object(
    'user', internal.user_json(v_user), 'session', internal.session_json(v_session),
    -- This token counts for so long, if nobody ends it.
    'seconds', extract(epoch from least(
      v_session.expires_at, v_session.absolute_expires_at,
      case when not v_current then v_session.rotated_at + interval '10 seconds' end) - now()),
    'rotate', v_current and (v_session.rotation_reason is not null
                             or v_session.rotated_at < now() - v_session.idle_seconds * interval '0.5 second'));
end $$;

-- Give the session another token. False when a parallel request was first; the caller's token then still counts for a
-- few seconds.
create function api.session_rotate(p_session uuid, p_old_hash bytea, p_new_hash bytea) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.sessions
  set token_hash = p_new_hash, previous_hash = p_old_hash, rotated_at = now(), rotation_reason = null
  where id = p_session and token_hash = p_old_hash and revoked_at is null;
  return found;
end $$;

-- The password was given again: this client is the user's after all.
create function api.session_trust(p_session uuid, p_user_agent text, p_ip text) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_session palaver.sessions;
begin
  update palaver.sessions
  set suspicious_at = null, user_agent = left(coalesce(p_user_agent, ''), 400), ip = p_ip::inet, rotation_reason = 'trusted'
  where id = p_session and revoked_at is null returning * into v_session;
  if found then
    perform internal.audit(v_session.user_id, 'session.trusted', 'session', p_session::text);
  end if;
  return v_session.id is not null;
end $$;
