-- The one user of a server without accounts, with a session for the streams to belong to; both are made when first asked
-- for. Nobody can sign in as this user: there is no password, and nobody knows the session's token.
create function api.local_actor() returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
  v_session palaver.sessions;
begin
  select u.* into v_user from palaver.server s join palaver.users u on u.id = s.local_user;
  if found then
    select * into v_session from palaver.sessions
    where user_id = v_user.id and method = 'local' and revoked_at is null and expires_at > now() limit 1;
  end if;
  if v_session.id is null then
    perform 1 from palaver.server for update;  -- two at once: the second finds what the first made
    v_user := internal.local_user();
    v_session := internal.local_session(v_user.id);
  end if;
  if v_user.disabled_at is not null then
    perform internal.fail('PV403', 'The local account is disabled; run: flask users disable --undo ' || v_user.username);
  end if;
  return jsonb_build_object('user', internal.user_json(v_user), 'session', internal.session_json(v_session));
end $$;

create function internal.local_user() returns palaver.users language plpgsql as $$
declare
  v_user palaver.users;
begin
  select u.* into v_user from palaver.server s join palaver.users u on u.id = s.local_user;
  if found then
    return v_user;
  end if;
  insert into palaver.users (username, display_name, role)
  values ('local' || case when exists (select from palaver.users where lower(username) = 'local')
                          then '-' || right(gen_random_uuid()::text, 12) else '' end, 'Me', 'admin') returning * into v_user;
  insert into palaver.topics (id) values (v_user.id);
  update palaver.server set local_user = v_user.id;
  perform internal.audit(null, 'user.created', 'user', v_user.id::text, v_user.username, '{"role": "admin", "method": "local"}');
  return v_user;
end $$;

create function internal.local_session(p_user uuid) returns palaver.sessions language plpgsql as $$
declare
  v_session palaver.sessions;
begin
  select * into v_session from palaver.sessions
  where user_id = p_user and method = 'local' and revoked_at is null and expires_at > now() limit 1;
  if not found then
    insert into palaver.sessions (user_id, token_hash, idle_seconds, expires_at, absolute_expires_at, method)
    values (p_user, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 2147483647,
            now() + interval '50 years', now() + interval '50 years', 'local') returning * into v_session;
  end if;
  return v_session;
end $$;
