-- The one way into a conversation. Who was there before comes back with the new role; false when he never left. What
-- was said until then is not unread.
create function internal.member_join(p_conversation uuid, p_user uuid, p_role text) returns boolean
language sql as $$
  with joined as (
    insert into palaver.members as m (conversation_id, user_id, role, read_seq)
    select p_conversation, p_user, p_role, seq from palaver.topics where id = p_conversation
    on conflict (conversation_id, user_id) do update
    set role = excluded.role, joined_at = now(), left_at = null, read_seq = excluded.read_seq
    where m.left_at is not null
    returning 1),
  forgotten as (
    delete from palaver.reads where conversation_id = p_conversation and user_id = p_user and exists (select from joined))
  select exists (select from joined)
$$;
