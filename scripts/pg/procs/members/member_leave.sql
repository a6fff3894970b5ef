-- Leave a conversation. The last owner first makes somebody else one; with the last person the conversation goes into the
-- archive. A direct one only leaves one's list: it exists once for the two, and what is said in it next brings it back.
create function api.member_leave(p_actor uuid, p_conversation uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.member_lock(p_conversation, p_actor);
  perform internal.member_leave(p_actor, p_conversation);
end $$;

create function internal.member_leave(p_actor uuid, p_conversation uuid) returns void language plpgsql as $$
declare
  v_member palaver.members := internal.require_member(p_actor, p_conversation);
begin
  if (select kind from palaver.conversations where id = p_conversation) = 'direct' then
    perform internal.member_hide(v_member);
  elsif exists (select from palaver.members m join palaver.users u on u.id = m.user_id
                where m.conversation_id = p_conversation and m.user_id <> p_actor and m.left_at is null
                  and u.kind = 'human' and u.disabled_at is null) then
    perform internal.require_another_owner(v_member);
    perform internal.member_part(p_actor, v_member);
  else
    perform internal.member_part(p_actor, v_member);
    perform internal.conversation_archive(p_actor, p_conversation, true);
  end if;
end $$;

create function internal.member_hide(m palaver.members) returns void language plpgsql as $$
begin
  update palaver.members set hidden_seq = (select seq from palaver.topics where id = m.conversation_id)
  where conversation_id = m.conversation_id and user_id = m.user_id;
  -- Told to himself alone: his other windows have a list, too.
  perform internal.emit(m.user_id, 'conversation.updated', jsonb_build_object('conversation', internal.conversation_card(c)))
  from palaver.conversations c where c.id = m.conversation_id;
end $$;
