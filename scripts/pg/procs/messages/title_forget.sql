-- A conversation with the assistant is called by the first words of its first question. When that is deleted they are gone
-- from the title, too, and from the events that told it.
create function internal.title_forget(m palaver.messages) returns void language plpgsql as $$
declare
  v_title text := (select title from palaver.conversations where id = m.conversation_id and kind = 'assistant');
  v_conversation palaver.conversations;
  v_plain jsonb;
begin
  if m.parent_id is not null or v_title is null or not exists (
      select from (select m.content union all select e.content from palaver.message_edits e where e.message_id = m.id) as said
      where internal.is_title_of(v_title, said.content)) then
    return;
  end if;
  update palaver.conversations set title = initcap(kind) where id = m.conversation_id returning * into v_conversation;
  v_plain := to_jsonb(v_conversation.title);
  update palaver.events set payload = jsonb_set(payload, '{conversation,title}', v_plain)
  where topic_id = m.conversation_id and kind = 'conversation.updated' and payload -> 'conversation' ->> 'title' = v_title;
  update palaver.outbox set payload = jsonb_set(payload, '{conversation,title}', v_plain)
  where topic_id = m.conversation_id and kind = 'conversation.updated' and payload -> 'conversation' ->> 'title' = v_title;
  perform internal.conversation_tell(v_conversation);
end $$;

-- Whether `services.messages.ask` makes this title of this text: its first characters, white space made one.
create function internal.is_title_of(p_title text, p_text text) returns boolean language sql immutable as $$
  select p_title = t or right(p_title, 1) = '…' and starts_with(t, left(p_title, -1))
  from (select btrim(regexp_replace(
    p_text, '[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g')) as t
  ) as plain
$$;
