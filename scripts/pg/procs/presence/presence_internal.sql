-- What everybody is told of somebody: `presence.update`, and an entry of the doors.
create function internal.presence_json(p palaver.presence) returns jsonb language sql immutable as $$
  select jsonb_build_object('user_id', p.user_id, 'status', p.status, 'last_seen_at', p.seen_at)
$$;

-- The conversations in which somebody's coming and going is told: those with another person and at most `p_most`
-- members, the last active first, as many as one notification holds. The test of presence_is_told is written out: a
-- call for each conversation would cost five times as much.
create function internal.presence_topics(p_user uuid, p_most integer) returns uuid[] language sql stable as $$
  select array(
    select recent.id from (
      select m.conversation_id as id, t.last_activity_at
      from palaver.members m
      join palaver.conversations c on c.id = m.conversation_id
      join palaver.topics t on t.id = m.conversation_id
      where m.user_id = p_user and m.left_at is null and c.kind <> 'assistant'
      order by t.last_activity_at desc limit 400) as recent
    cross join lateral (
      select count(*) as members from (
        select from palaver.members o where o.conversation_id = recent.id and o.left_at is null limit p_most + 1) as o
    ) as counted
    where counted.members between 2 and p_most
    order by recent.last_activity_at desc limit 180)
$$;

create function internal.presence_is_told(p_conversation uuid, p_most integer) returns boolean language sql stable as $$
  select count(*) between 2 and p_most from (
    select from palaver.members where conversation_id = p_conversation and left_at is null limit p_most + 1) as counted
$$;

-- Write down a change and tell it: one row and one notification, however many conversations somebody is in.
create function internal.presence_set(p palaver.presence, p_before text, p_most integer) returns void
language plpgsql as $$
declare
  v_topics uuid[];
begin
  update palaver.presence
  set status = p.status, seen_at = p.seen_at, active_at = p.active_at, signs = p.signs, places = p.places
  where user_id = p.user_id;
  if p.status <> p_before then
    v_topics := internal.presence_topics(p.user_id, p_most);
    if v_topics <> '{}' then
      perform internal.tell(v_topics, 'presence.update', internal.presence_json(p));
    end if;
  end if;
end $$;

-- The row of everybody in the list, locked in one order for all; it is made when there is none.
create function internal.presence_lock(p_users uuid[]) returns setof palaver.presence language plpgsql as $$
begin
  if (select count(*) from palaver.presence where user_id = any (p_users)) < cardinality(p_users) then
    insert into palaver.presence (user_id, status)
    select id, 'offline' from palaver.users where id = any (p_users) order by id on conflict do nothing;
  end if;
  return query select * from palaver.presence where user_id = any (p_users) order by user_id for update;
end $$;
