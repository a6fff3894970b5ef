-- The drafts of the actor in what he may still read, the newest first. `p_after` is the `next` of the page before.
create function api.draft_list(p_actor uuid, p_after text, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_at timestamptz := split_part(p_after, '|', 1)::timestamptz;
  v_place uuid := split_part(p_after, '|', 2)::uuid;
  v_items jsonb;
  v_next text;
begin
  with page as (
    select d, d.updated_at as at, d.place from palaver.drafts d
    join palaver.members m on m.conversation_id = d.conversation_id and m.user_id = p_actor and m.left_at is null
    where d.user_id = p_actor and (p_after is null or (d.updated_at, d.place) < (v_at, v_place))
    order by d.updated_at desc, d.place desc limit p_limit + 1),
  numbered as (select *, row_number() over (order by at desc, place desc) as n from page)
  select coalesce(jsonb_agg(internal.draft_json(d) order by n) filter (where n <= p_limit), '[]'),
         case when count(*) > p_limit then max(format('%s|%s', at, place)) filter (where n = p_limit) end
  into v_items, v_next from numbered;
  return jsonb_build_object('items', v_items, 'next', v_next);
end $$;

-- What the actor has typed in one place; empty when nothing.
create function api.draft_get(p_actor uuid, p_place uuid) returns text
language sql stable security definer set search_path = pg_temp as $$
  select coalesce((
    select d.content from palaver.drafts d
    join palaver.members m on m.conversation_id = d.conversation_id and m.user_id = p_actor and m.left_at is null
    where d.user_id = p_actor and d.place = p_place), '')
$$;
