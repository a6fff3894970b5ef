-- A thread in a list: the summary of `thread.new`.
create function internal.thread_json(t palaver.threads) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'root_id', t.root_id, 'conversation_id', t.conversation_id, 'title', t.title,
    'root_excerpt', case when m.deleted_at is null then left(m.content, 240) end,
    'root_author', internal.user_card(u), 'created_at', m.created_at,
    'last_activity_at', t.last_activity_at, 'message_count', t.message_count,
    'participant_count', cardinality(t.participants))
    || case when m.version_of is null then '{}' else jsonb_build_object('version_of', m.version_of) end
  from palaver.messages m join palaver.users u on u.id = m.author_id where m.id = t.root_id
$$;
