-- Take a message's text away: its author may, who asked for an answer, and who runs the conversation. It leaves every
-- answer and the events that carried it at once; the row keeps it for `api.message_restore`.
create function api.message_delete(p_actor uuid, p_message uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.require_message(p_actor, p_message);
  v_is_own boolean := internal.require_may_delete(p_actor, v_message);
begin
  -- Nothing moves from the outbox to the log meanwhile (`api.bus_publish` locks this row, too): so only who may comes here.
  perform 1 from palaver.server for update;
  v_message := internal.message_lock(p_actor, p_message);
  perform internal.require_may_delete(p_actor, v_message);
  if v_message.deleted_at is not null
     and (v_is_own or v_message.purged_at is not null or internal.is_own(v_message.deleted_by, v_message) is not true) then
    return internal.message_json(v_message);
  elsif v_message.status = 'streaming' then
    perform internal.fail('PV409', 'The assistant is still writing this answer; stop it first.');
  end if;
  -- Of what its author had deleted already it is only said that he may not undo it any more.
  update palaver.messages set deleted_at = coalesce(deleted_at, now()), deleted_by = p_actor
  where id = p_message returning * into v_message;
  delete from palaver.message_chunks where message_id = p_message;
  perform internal.message_scrub(v_message);
  perform internal.title_forget(v_message);
  perform internal.title_unmake(v_message);
  if not v_is_own then
    perform internal.audit(p_actor, 'message.deleted_by_moderator', 'message', p_message::text,
      (select username from palaver.users where id = v_message.author_id),
      jsonb_build_object('conversation_id', v_message.conversation_id));
  end if;
  perform internal.emit(v_message.conversation_id, 'message.deleted', internal.message_event(v_message));
  return internal.message_json(v_message);
end $$;

-- Whether it is one's own; 403 for who neither wrote it nor runs the conversation.
create function internal.require_may_delete(p_actor uuid, m palaver.messages) returns boolean
language plpgsql stable as $$
declare
  v_member palaver.members := internal.require_writer(p_actor, m.conversation_id);
  v_is_own boolean := internal.is_own(p_actor, m);
begin
  if not v_is_own and v_member.role not in ('owner', 'admin') then
    perform internal.fail('PV403', 'Only its author, or an owner or admin of the conversation, can delete this message.');
  end if;
  return v_is_own;
end $$;

-- Written by this person, or asked for: an answer of before that was noted belongs to who wrote the question.
create function internal.is_own(p_actor uuid, m palaver.messages) returns boolean language sql stable as $$
  select p_actor = case when m.role = 'assistant' then coalesce(
    m.requested_by, (select q.author_id from palaver.messages q where q.id = m.parent_id)) else m.author_id end
$$;

-- Take the text of a deleted message out of the events that carry it, published or not. Its own event has its own
-- number, the others came later.
create function internal.message_scrub(m palaver.messages) returns void language plpgsql as $$
begin
  update palaver.events e set payload = internal.without_text(e.payload, m)
  where e.topic_id = m.conversation_id and e.seq >= m.seq and internal.carries_text(e.kind, e.seq, e.payload, m);
  update palaver.outbox o set payload = internal.without_text(o.payload, m)
  where o.topic_id = m.conversation_id and o.seq >= m.seq and internal.carries_text(o.kind, o.seq, o.payload, m);
end $$;

create function internal.carries_text(p_kind text, p_seq bigint, p_payload jsonb, m palaver.messages) returns boolean
language sql immutable as $$
  select case p_kind
    when 'message.new' then p_seq = m.seq
    when 'message.done' then p_payload -> 'message' ->> 'id' = m.id::text
    when 'message.updated' then p_payload -> 'message' ->> 'id' = m.id::text
    when 'message.restored' then p_payload -> 'message' ->> 'id' = m.id::text
    when 'tool.called' then p_payload ->> 'message_id' = m.id::text
    when 'tool.updated' then p_payload ->> 'message_id' = m.id::text
    when 'thread.new' then p_payload ->> 'root_id' = m.id::text
    when 'thread.updated' then p_payload ->> 'root_id' = m.id::text
    else false end
$$;

create function internal.without_text(p_payload jsonb, m palaver.messages) returns jsonb language sql stable as $$
  select p_payload
    || case when p_payload ? 'message' then jsonb_build_object('message', (p_payload -> 'message') - 'tool_calls' || jsonb_build_object(
         'content', null, 'mentions', '[]'::jsonb, 'mentions_all', false, 'deleted_at', m.deleted_at,
         'deleted_by', m.deleted_by)) else '{}' end
    || case when p_payload ? 'call' then jsonb_build_object('call', p_payload -> 'call' || jsonb_build_object(
         'arguments', '', 'output', null)) else '{}' end
    || case when p_payload ? 'summary' then jsonb_build_object(
         'summary', p_payload -> 'summary' || jsonb_build_object('root_excerpt', null)) else '{}' end
$$;
