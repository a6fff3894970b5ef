-- The invitations to a conversation, newest first, for those who may make them.
create function api.conversation_invite_page(p_actor uuid, p_conversation uuid, p_after uuid, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_items jsonb;
  v_next text;
begin
  perform internal.require_manager(p_actor, p_conversation);
  with page as (
    select i, row_number() over (order by i.id desc) as n from palaver.conversation_invites i
    where i.conversation_id = p_conversation and (p_after is null or i.id < p_after) order by i.id desc limit p_limit + 1)
  select coalesce(jsonb_agg(internal.conversation_invite_json(i) order by n) filter (where n <= p_limit), '[]'),
         case when count(*) > p_limit then max((i).id::text) filter (where n = p_limit) end
  into v_items, v_next from page;
  return jsonb_build_object('items', v_items, 'next', v_next);
end $$;

-- An invitation as who holds its link sees it, signed in or not; null when there is none. Of one that is of no use any
-- more only that is told, and to members where it led.
create function api.conversation_invite_peek(p_actor uuid, p_hash bytea) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select case
    when s.state <> 'open' then jsonb_strip_nulls(jsonb_build_object(
      'state', s.state, 'conversation_id', case when p.is_member then c.id end))
    else internal.conversation_invite_json(i) || jsonb_build_object(
      'title', c.title, 'is_archived', c.archived_at is not null,
      'fits', internal.conversation_invite_fits(i, p_actor),
      'is_member', p.is_member) end
  from palaver.conversation_invites i join palaver.conversations c on c.id = i.conversation_id,
       lateral (select internal.conversation_invite_state(i) as state) as s,
       lateral (select exists (select from palaver.members m where m.conversation_id = c.id and m.user_id = p_actor
                               and m.left_at is null) as is_member) as p
  where i.token_hash = p_hash
$$;
