-- The newest summary of a place for this reader. Whether he may see it is asked every time: who was removed sees none.
create function api.summary_get(p_actor uuid, p_conversation uuid, p_root uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_summary palaver.summaries;
begin
  perform internal.require_summary_place(p_actor, p_conversation, p_root);
  v_summary := internal.summary_at(p_actor, p_conversation, p_root);
  return case when v_summary.id is null then internal.no_summary(p_conversation, p_root)
         else internal.summary_json(v_summary) end;
end $$;

create function internal.summary_at(p_user uuid, p_conversation uuid, p_root uuid) returns palaver.summaries
language sql stable as $$
  select * from palaver.summaries
  where user_id = p_user and conversation_id = p_conversation
    and coalesce(root_id, conversation_id) = coalesce(p_root, p_conversation) and created_at > now() - interval '1 day'
$$;

create function internal.no_summary(p_conversation uuid, p_root uuid) returns jsonb language sql immutable as $$
  select jsonb_build_object('state', 'none', 'conversation_id', p_conversation, 'root_id', p_root, 'content', '',
                            'missed', 0, 'dropped', 0, 'sources', '[]'::jsonb)
$$;

-- What is told of a summary. Its text goes when a message that it was made of is deleted.
create function internal.summary_json(s palaver.summaries) returns jsonb language plpgsql stable as $$
declare
  v_state text := internal.summary_state(s);
  v_content text := case when v_state in ('outdated', 'failed') then '' else s.content end;
begin
  return jsonb_build_object(
    'id', s.id, 'state', v_state, 'conversation_id', s.conversation_id, 'root_id', s.root_id, 'content', v_content,
    'missed', s.missed, 'dropped', s.missed - cardinality(s.sources) + s.first - 1,
    'sources', internal.summary_sources(s, v_content), 'first_message_id', s.sources[s.first],
    'after', (select m.seq - 1 from palaver.messages m where m.id = s.sources[1]),
    'created_at', s.created_at, 'finished_at', s.finished_at)
    || case when v_state <> 'failed' then '{}' else jsonb_build_object('error', coalesce(s.error, jsonb_build_object(
         'code', 'PV.ANSWER.INTERRUPTED', 'message', 'The server stopped while this was being written; ask again.'))) end;
end $$;

create function internal.summary_state(s palaver.summaries) returns text language sql stable as $$
  select case
    when exists (select from palaver.messages where id = any (s.sources[s.first:]) and deleted_at is not null) then 'outdated'
    when s.finished_at is not null then case when s.error is null then 'done' else 'failed' end
    else coalesce((select case when lease is null then 'waiting' else 'writing' end
                   from palaver.jobs where kind = 'summary' and subject = s.id), 'failed') end
$$;

-- The messages whose numbers stand in a text.
create function internal.summary_sources(s palaver.summaries, p_content text) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'n', c.n, 'message_id', m.id, 'root_id', m.root_id, 'author', internal.user_card(u), 'created_at', m.created_at)
    order by c.n), '[]')
  from (select distinct (found)[1]::integer as n from regexp_matches(p_content, '\[(\d{1,4})\]', 'g') as found) as c
  join palaver.messages m on m.id = s.sources[c.n] join palaver.users u on u.id = m.author_id
  where c.n >= s.first
$$;

-- They are kept for a day.
create function api.summary_prune() returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count integer;
begin
  delete from palaver.summaries where created_at < now() - interval '1 day';
  get diagnostics v_count = row_count;
  return v_count;
end $$;
