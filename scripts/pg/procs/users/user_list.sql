-- Every account, oldest first, for the command line.
create function api.user_list() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.user_json(u) order by u.created_at, u.id), '[]') from palaver.users u
$$;

-- Users whom the actor may add to a conversation, by the beginning of a name.
create function api.user_search(p_actor uuid, p_query text, p_limit integer) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.user_card(u) order by u.kind, lower(u.username)), '[]')
  from (select * from palaver.users
        where disabled_at is null and not awaits_verification and id <> p_actor
          and (starts_with(lower(username), lower(p_query)) or starts_with(lower(display_name), lower(p_query)))
        order by kind, lower(username) limit p_limit) as u
$$;
