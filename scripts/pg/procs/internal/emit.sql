-- Say something durable on a topic. The topic's row stays locked until commit, so its numbers have no holes and their
-- order is the order of commit.
create function internal.emit(p_topic uuid, p_kind text, p_payload jsonb) returns bigint language plpgsql as $$
declare
  v_seq bigint;
begin
  update palaver.topics set seq = seq + 1, last_activity_at = now() where id = p_topic returning seq into strict v_seq;
  insert into palaver.outbox (topic_id, seq, kind, payload) values (p_topic, v_seq, p_kind, p_payload);
  return v_seq;
end $$;

-- Say something passing: heard by who listens now, in nobody's log.
create function internal.tell(p_topic uuid, p_kind text, p_payload jsonb) returns void language sql as $$
  insert into palaver.outbox (topic_id, kind, payload) values (p_topic, p_kind, p_payload)
$$;

-- The same on several topics: one row and one notification, and whoever hears more than one of them hears it once. As
-- many topics as fit a notification (180) are told.
create function internal.tell(p_topics uuid[], p_kind text, p_payload jsonb) returns void language sql as $$
  insert into palaver.outbox (topic_id, topics, kind, payload) values (p_topics[1], p_topics, p_kind, p_payload)
$$;

-- The topic that concerns everybody.
create function internal.server_topic() returns uuid language sql immutable as $$
  select '00000000-0000-0000-0000-000000000000'::uuid
$$;
