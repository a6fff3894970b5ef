-- The conversations of the actor, last active first: those of his list, or those in the archive. `p_after` is the `next`
-- of the page before.
create function api.conversation_list(p_actor uuid, p_after text, p_limit integer, p_archived boolean) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_at timestamptz := split_part(p_after, '|', 1)::timestamptz;
  v_id uuid := split_part(p_after, '|', 2)::uuid;
  v_items jsonb;
  v_next text;
begin
  with page as (
    select c, t.last_activity_at as at, c.id
    from palaver.members m
    join palaver.conversations c on c.id = m.conversation_id
    join palaver.topics t on t.id = c.id
    where m.user_id = p_actor and m.left_at is null and (c.archived_at is not null) = p_archived
      and (m.hidden_seq is null or m.hidden_seq < t.seq)
      and (p_after is null or (t.last_activity_at, c.id) < (v_at, v_id))
    order by t.last_activity_at desc, c.id desc limit p_limit + 1),
  numbered as (select *, row_number() over (order by at desc, id desc) as n from page)
  select coalesce(jsonb_agg(internal.conversation_json(c, p_actor) order by n) filter (where n <= p_limit), '[]'),
         case when count(*) > p_limit then max(format('%s|%s', at, id)) filter (where n = p_limit) end
  into v_items, v_next from numbered;
  return jsonb_build_object('items', v_items, 'next', v_next);
end $$;

create function api.conversation_get(p_actor uuid, p_conversation uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_member(p_actor, p_conversation);
  return (select internal.conversation_json(c, p_actor) from palaver.conversations c where c.id = p_conversation);
end $$;
