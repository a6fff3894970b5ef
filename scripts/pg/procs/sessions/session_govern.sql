-- Every living session, or one user's, newest first, for administrators. `p_after` is the id that the page before ended
-- with: ids are made in the order of time.
create function api.session_page(p_actor uuid, p_user uuid, p_after uuid, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_items jsonb;
begin
  perform internal.require_admin(p_actor);
  select coalesce(jsonb_agg(internal.session_json(s) || jsonb_build_object('username', u.username) order by s.id desc), '[]')
  into v_items
  from (select * from palaver.sessions
        where revoked_at is null and expires_at > now() and (p_user is null or user_id = p_user)
          and (p_after is null or id < p_after)
        order by id desc limit p_limit) as x
  join palaver.sessions s on s.id = x.id join palaver.users u on u.id = s.user_id;
  return jsonb_build_object('items', v_items,
                            'next', case when jsonb_array_length(v_items) = p_limit then v_items -> -1 ->> 'id' end);
end $$;

-- An administrator ends one session, or all of one user; answers how many ended.
create function api.session_end_of(p_actor uuid, p_session uuid, p_user uuid) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user uuid := coalesce(p_user, (select user_id from palaver.sessions where id = p_session));
  v_count integer;
begin
  perform internal.require_admin(p_actor);
  select count(internal.session_revoke(s)) into v_count from palaver.sessions s
  where s.user_id = v_user and s.revoked_at is null and s.expires_at > now() and (p_session is null or s.id = p_session);
  if v_count > 0 then
    perform internal.audit(p_actor, 'session.ended', 'user', v_user::text,
                           (select username from palaver.users where id = v_user), jsonb_build_object('ended', v_count));
  end if;
  return v_count;
end $$;

-- Sign out everywhere else; answers how many sessions ended.
create function api.session_end_others(p_actor uuid, p_keep uuid) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count integer := internal.session_revoke_others(p_actor, p_keep);
begin
  perform internal.audit(p_actor, 'session.ended', 'user', p_actor::text,
                         (select username from palaver.users where id = p_actor), jsonb_build_object('ended', v_count));
  return v_count;
end $$;
