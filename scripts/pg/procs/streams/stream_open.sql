-- Everything a connecting stream needs, as of one moment: whether it may, which topics it hears, what it missed since
-- `p_since` (a pos of this epoch, or null for nothing), the answers that are growing right now, who is there, what the
-- model is doing, and whether the session or key that asks still lives. One call: thousands may come back at once.
create function api.stream_open(
  p_actor uuid, p_conversation uuid, p_epoch text, p_since bigint, p_max_events integer, p_credential uuid default null,
  p_most_members integer default 0)
returns jsonb language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_server palaver.server;
  v_conversations uuid[];
  v_topics uuid[];
  v_resync text;
  v_events jsonb := '[]';
begin
  if p_conversation is not null then
    perform internal.require_member(p_actor, p_conversation);
    v_conversations := array[p_conversation];
    v_topics := v_conversations;
  else
    select coalesce(array_agg(m.conversation_id), '{}') into v_conversations from palaver.members m
    where m.user_id = p_actor and m.left_at is null;
    v_topics := v_conversations || p_actor || internal.server_topic();
  end if;
  select * into v_server from palaver.server;
  if p_since is not null then
    v_resync := case when p_epoch is distinct from v_server.epoch then 'epoch' when p_since > v_server.pos then 'future'
                     when exists (select from palaver.prunings where topic_id = any (v_topics) and pos > p_since)
                       then 'pruned' end;
    if v_resync is null then
      select coalesce(jsonb_agg(to_jsonb(e) order by e.pos), '[]') into v_events from (
        select pos, topic_id as topic, seq, kind, payload from palaver.events
        where topic_id = any (v_topics) and pos > p_since
          -- Who comes and goes is told so on his own topic; here he was not listening yet, or no longer.
          and not (kind = 'membership.changed' and topic_id <> p_actor and payload ->> 'user_id' = p_actor::text
                   and payload ->> 'action' <> 'role_updated' and p_conversation is null)
        order by pos limit p_max_events + 1) as e;
      if jsonb_array_length(v_events) > p_max_events then
        v_resync := 'behind';
        v_events := '[]';
      end if;
    end if;
  end if;
  return jsonb_build_object(
    'alive', p_credential is not null and jsonb_array_length(api.session_alive(array[p_credential])) = 1,
    'presence', internal.presence_snapshot(p_actor, p_conversation, p_most_members),
    'model', case when p_conversation is null then api.model_status() end,
    'epoch', v_server.epoch, 'pos', v_server.pos, 'topics', to_jsonb(v_topics), 'resync', v_resync, 'events', v_events,
    'growing', coalesce((select jsonb_agg(internal.growing_json(m) order by m.seq)
      from palaver.messages m where m.conversation_id = any (v_conversations) and m.status = 'streaming'), '[]'));
end $$;

-- The text so far of answers that still grow, for a reader that lost pieces of them.
create function api.stream_growing(p_actor uuid, p_messages uuid[]) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.growing_json(m) order by m.seq), '[]')
  from palaver.messages m
  join palaver.members r on r.conversation_id = m.conversation_id and r.user_id = p_actor and r.left_at is null
  where m.id = any (p_messages) and m.status = 'streaming'
$$;

-- An answer that grows: its text so far and the number of its next piece.
create function internal.growing_json(p_message palaver.messages) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'conversation_id', p_message.conversation_id, 'root_id', p_message.root_id, 'message_id', p_message.id,
    'content', internal.chunk_text(p_message.id), 'next_idx', internal.chunk_count(p_message.id))
    || coalesce(internal.queue_json(p_message.id), '{}')
$$;

-- How many pieces there are without a hole: the number of the next one.
create function internal.chunk_count(p_message uuid) returns integer language sql stable as $$
  select count(*)::integer from (
    select idx, row_number() over (order by idx) - 1 as place from palaver.message_chunks where message_id = p_message
  ) as pieces where idx = place
$$;
