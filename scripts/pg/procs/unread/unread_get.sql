-- What is unread in a conversation, and in which of its threads.
create function api.unread_get(p_actor uuid, p_conversation uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_member(p_actor, p_conversation);
  return internal.unread_json(p_actor, p_conversation) || jsonb_build_object(
    'conversation_id', p_conversation,
    'threads', (select coalesce(jsonb_agg(to_jsonb(u) order by u.root_id), '[]')
                from internal.unread_threads(p_actor, p_conversation) as u));
end $$;
