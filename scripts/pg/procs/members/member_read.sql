-- Who is in a conversation, longest there first. `p_after` is the `next` of the page before.
create function api.member_page(p_actor uuid, p_conversation uuid, p_after text, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_at timestamptz := split_part(p_after, '|', 1)::timestamptz;
  v_id uuid := split_part(p_after, '|', 2)::uuid;
  v_items jsonb;
  v_next text;
begin
  perform internal.require_member(p_actor, p_conversation);
  with page as (
    select m, u, row_number() over (order by m.joined_at, m.user_id) as n
    from palaver.members m join palaver.users u on u.id = m.user_id
    where m.conversation_id = p_conversation and m.left_at is null
      and (p_after is null or (m.joined_at, m.user_id) > (v_at, v_id))
    order by m.joined_at, m.user_id limit p_limit + 1)
  select coalesce(jsonb_agg(internal.member_json(m, u) order by n) filter (where n <= p_limit), '[]'),
         case when count(*) > p_limit then max(format('%s|%s', (m).joined_at, (m).user_id)) filter (where n = p_limit) end
  into v_items, v_next from page;
  return jsonb_build_object('items', v_items, 'next', v_next);
end $$;

create function internal.member_json(m palaver.members, u palaver.users) returns jsonb language sql stable as $$
  select internal.user_card(u) || jsonb_build_object('role', m.role, 'joined_at', m.joined_at)
$$;

-- The first members of a conversation, for lists and heads of pages.
create function internal.member_heads(p_conversation uuid) returns jsonb language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(internal.member_json(first.m, u) order by (first.m).joined_at, u.id), '[]') from (
      select m from palaver.members m where m.conversation_id = p_conversation and m.left_at is null
      order by m.joined_at, m.user_id limit 20) as first
    join palaver.users u on u.id = (first.m).user_id);
end $$;

-- One person as the list of members shows him.
create function internal.member_shown(m palaver.members) returns jsonb language sql stable as $$
  select internal.member_json(m, u) from palaver.users u where u.id = m.user_id
$$;
