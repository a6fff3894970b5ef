-- A conversation as one of its members sees it: a direct one is titled with the other person's name.
create function internal.conversation_json(c palaver.conversations, p_actor uuid) returns jsonb
language plpgsql stable as $$
begin
  return (select internal.unread_json(p_actor, c.id) || jsonb_build_object(
    'id', c.id, 'kind', c.kind,
    'title', case when c.kind = 'direct' then coalesce(
      (select u.display_name from palaver.members m join palaver.users u on u.id = m.user_id
       where m.conversation_id = c.id and m.user_id <> p_actor), c.title) else c.title end,
    'role', (select role from palaver.members m where m.conversation_id = c.id and m.user_id = p_actor),
    'assistant_id', c.assistant_id, 'instructions', c.instructions, 'created_by', c.created_by, 'created_at', c.created_at, 'archived_at', c.archived_at,
    'last_activity_at', t.last_activity_at,
    'participants', internal.member_heads(c.id),
    'participant_count', (select count(*) from palaver.members m where m.conversation_id = c.id and m.left_at is null))
  from palaver.topics t where t.id = c.id);
end $$;
