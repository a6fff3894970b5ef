-- The one way into a conversation. Who was there before comes back with the new role; false when he never left.
create function internal.member_join(p_conversation uuid, p_user uuid, p_role text) returns boolean
language sql as $$
  with joined as (
    insert into palaver.members as m (conversation_id, user_id, role) values (p_conversation, p_user, p_role)
    on conflict (conversation_id, user_id) do update set role = excluded.role, joined_at = now(), left_at = null
    where m.left_at is not null
    returning 1)
  select exists (select from joined)
$$;
