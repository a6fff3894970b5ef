-- A message that a model read for a title was deleted: the title goes, also from the events that told it.
create function internal.title_unmake(m palaver.messages) returns void language plpgsql as $$
declare
  v_title text;
  v_thread palaver.threads;
  v_conversation palaver.conversations;
begin
  select title into v_title from palaver.threads where root_id = m.root_id and m.id = any (title_from);
  if found then
    update palaver.threads set title = null, title_from = '{}' where root_id = m.root_id returning * into v_thread;
    perform internal.title_scrub(m.conversation_id, 'thread.updated', '{summary,title}', v_title, 'null');
    perform internal.thread_tell(v_thread);
  end if;
  select title into v_title from palaver.conversations where id = m.conversation_id and m.id = any (title_from);
  if found then
    update palaver.conversations set title = initcap(kind), title_from = '{}' where id = m.conversation_id
    returning * into v_conversation;
    perform internal.title_scrub(m.conversation_id, 'conversation.updated', '{conversation,title}', v_title,
                                 to_jsonb(v_conversation.title));
    perform internal.conversation_tell(v_conversation);
  end if;
end $$;

create function internal.title_scrub(p_topic uuid, p_kind text, p_path text[], p_title text, p_instead jsonb) returns void
language plpgsql as $$
begin
  update palaver.events set payload = jsonb_set(payload, p_path, p_instead)
  where topic_id = p_topic and kind = p_kind and payload #>> p_path = p_title;
  update palaver.outbox set payload = jsonb_set(payload, p_path, p_instead)
  where topic_id = p_topic and kind = p_kind and payload #>> p_path = p_title;
end $$;
