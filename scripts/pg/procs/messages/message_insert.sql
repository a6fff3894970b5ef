-- Insert a message under the lock of its conversation's topic, keep the thread's counters and what people have selected,
-- emit.
create function internal.message_insert(
  p_conversation uuid, p_parent palaver.messages, p_author uuid, p_role text, p_content text, p_status text,
  p_client_id uuid, p_mentions uuid[], p_mentions_all boolean default false, p_requested_by uuid default null,
  p_model uuid default null, p_version_of uuid default null, p_comparison uuid default null
) returns palaver.messages language plpgsql as $$
declare
  v_id uuid := palaver.new_id();
  v_seq bigint;
  v_message palaver.messages;
  v_thread palaver.threads;
  v_is_forked boolean;
begin
  select seq + 1 into v_seq from palaver.topics where id = p_conversation for update;
  insert into palaver.messages (id, conversation_id, root_id, parent_id, seq, depth, ordinal, author_id, role, content,
                                status, client_id, mentions, mentions_all, requested_by, model_id, version_of, comparison_id)
  values (v_id, p_conversation, coalesce(p_parent.root_id, v_id), p_parent.id, v_seq, coalesce(p_parent.depth, 0) + 1,
          coalesce(internal.sibling_count(p_parent.id, p_version_of), (p_version_of is not null)::integer),
          p_author, p_role, p_content, p_status, p_client_id, p_mentions, p_mentions_all, p_requested_by, p_model,
          p_version_of, p_comparison)
  returning * into v_message;
  if p_parent.id is null then
    insert into palaver.threads (root_id, conversation_id, participants) values (v_id, p_conversation, array[p_author])
    returning * into v_thread;
  else
    update palaver.threads set message_count = message_count + 1, last_activity_at = now(),
      is_forked = is_forked or v_message.ordinal > 0, leaf_id = case when leaf_id = p_parent.id then v_id else leaf_id end,
      participants = case when p_author = any (participants) then participants else participants || p_author end
    where root_id = v_message.root_id returning is_forked into v_is_forked;
    perform internal.selection_follow(v_message, v_is_forked);
  end if;
  perform internal.emit(p_conversation, 'message.new', jsonb_build_object(
    'conversation_id', p_conversation, 'root_id', v_message.root_id, 'message', internal.message_json(v_message)));
  if v_thread.root_id is not null then
    perform internal.emit(p_conversation, 'thread.new', jsonb_build_object(
      'conversation_id', p_conversation, 'root_id', v_id, 'summary', internal.thread_json(v_thread)));
  end if;
  return v_message;
end $$;

-- How many versions there are under a message, or of the first question `p_version_of`; null when there is none yet.
create function internal.sibling_count(p_parent uuid, p_version_of uuid) returns integer language plpgsql stable as $$
begin
  if p_parent is not null then
    return (select s.ordinal + 1 from palaver.messages s where s.parent_id = p_parent order by s.ordinal desc limit 1);
  end if;
  return (select s.ordinal + 1 from palaver.messages s where s.version_of = p_version_of order by s.ordinal desc limit 1);
end $$;
