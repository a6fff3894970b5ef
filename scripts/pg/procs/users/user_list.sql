-- Every account, oldest first, for the command line.
create function api.user_list() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.user_json(u) order by u.created_at, u.id), '[]') from palaver.users u
$$;

-- Users whom the actor may add to a conversation, by the beginning of a name; `p_after` is the `next` of the page before.
create function api.user_search(p_actor uuid, p_query text, p_limit integer, p_after text) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  with page as (
    select u, row_number() over (order by u.kind, lower(u.username)) as n from palaver.users u
    where u.disabled_at is null and not u.awaits_verification and u.id <> p_actor
      and (starts_with(lower(u.username), lower(p_query)) or starts_with(lower(u.display_name), lower(p_query)))
      and (p_after is null
        or (u.kind, lower(u.username)) > (split_part(p_after, ' ', 1), split_part(p_after, ' ', 2)))
    order by u.kind, lower(u.username) limit p_limit + 1)
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(internal.user_card(u) order by n) filter (where n <= p_limit), '[]'),
    'next', case when count(*) > p_limit then max((u).kind || ' ' || lower((u).username)) filter (where n = p_limit) end)
  from page
$$;
