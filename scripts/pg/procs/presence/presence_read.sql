-- Who is there among those with whom the actor shares a conversation in which presence is told, or this one alone; who
-- is not named is offline. The last seen first, 500 at most.
create function internal.presence_snapshot(p_actor uuid, p_conversation uuid, p_most integer) returns jsonb
language plpgsql stable as $$
declare
  v_topics uuid[];
begin
  if p_conversation is null then
    v_topics := internal.presence_topics(p_actor, p_most);
  else
    v_topics := case when internal.presence_is_told(p_conversation, p_most) then array[p_conversation] end;
  end if;
  return (
    select coalesce(jsonb_agg(internal.presence_json(p) order by p.seen_at desc), '[]') from (
      select * from palaver.presence p
      where p.status <> 'offline' and p.user_id <> p_actor and p.user_id in (
        select m.user_id from palaver.members m where m.conversation_id = any (v_topics) and m.left_at is null)
      order by p.seen_at desc limit 500) as p);
end $$;

-- Which of these people are not offline, as far as the actor shares a conversation with them: for a page that shows them.
create function api.presence_of(p_actor uuid, p_users uuid[]) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.presence_json(p)), '[]') from palaver.presence p
  where p.user_id = any (p_users) and p.status <> 'offline' and exists (
    select from palaver.members a join palaver.members b using (conversation_id)
    where a.user_id = p_actor and a.left_at is null and b.user_id = p.user_id and b.left_at is null)
$$;

-- The people of a conversation and whether they are there, a page at a time; `p_after` is the `next` of the page before.
create function api.presence_page(p_actor uuid, p_conversation uuid, p_after uuid, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_items jsonb;
begin
  perform internal.require_member(p_actor, p_conversation);
  select coalesce(jsonb_agg(jsonb_build_object(
    'user_id', m.user_id, 'status', coalesce(p.status, 'offline'), 'last_seen_at', p.seen_at) order by m.user_id), '[]')
  into v_items from (
    select m.user_id from palaver.members m join palaver.users u on u.id = m.user_id
    where m.conversation_id = p_conversation and m.left_at is null and u.kind = 'human'
      and (p_after is null or m.user_id > p_after)
    order by m.user_id limit p_limit + 1) as m
  left join palaver.presence p on p.user_id = m.user_id;
  return jsonb_build_object(
    'items', case when jsonb_array_length(v_items) > p_limit then v_items - p_limit else v_items end,
    'next', case when jsonb_array_length(v_items) > p_limit then v_items -> (p_limit - 1) ->> 'user_id' end);
end $$;
