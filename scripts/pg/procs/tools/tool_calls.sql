-- What the writer of an answer does with tools. Each of these needs his lease; the job's row is locked first, then the topic.

-- The tools that the answer's assistant may use, the calls of this answer so far, and what they cost.
create function api.tool_context(p_lease uuid, p_default boolean) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object(
    'tools', case when internal.tools_are_on(p_default) then coalesce((
      select jsonb_agg(to_jsonb(t)) from internal.tools_of(m.author_id) t), '[]') else '[]' end,
    'calls', coalesce((select jsonb_agg(to_jsonb(c) order by c.idx) from palaver.tool_calls c where c.message_id = m.id), '[]'),
    'usage', j.usage)
  from palaver.jobs j join palaver.messages m on m.id = j.message_id where j.lease = p_lease
$$;

-- The model wants these calls: `[{call_id, name, server_id, server, tool, arguments, error?}]`. `p_next_idx` is the number of the
-- answer's next piece; what was written so far is not written again, whoever goes on. `p_usage`: what the answer has cost so
-- far. Answers all calls; null without the lease.
create function api.tool_calls_begin(
  p_lease uuid, p_calls jsonb, p_next_idx integer, p_text_length integer, p_usage jsonb default null
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs := internal.tool_job(p_lease);
  v_assistant uuid := (select author_id from palaver.messages where id = v_job.message_id);
  v_idx integer;
  v_round integer;
begin
  if v_job.id is null then
    return null;
  end if;
  select coalesce(max(idx) + 1, 0), coalesce(max(round), 0) + 1 into v_idx, v_round
  from palaver.tool_calls where message_id = v_job.message_id;
  update palaver.jobs set first_idx = p_next_idx, usage = coalesce(p_usage, usage) where id = v_job.id;
  insert into palaver.tool_calls (message_id, idx, round, text_length, call_id, name, server_id, server, tool, arguments,
                                  status, output, finished_at)
  select v_job.message_id, v_idx + w.n - 1, v_round, p_text_length, w.call_id, w.name, w.server_id, coalesce(w.server, ''), w.tool,
         w.arguments, case when w.wrong is not null then 'failed' when w.needs_approval then 'pending' else 'approved' end,
         w.wrong, case when w.wrong is not null then now() end
  from (
    select c.*, e.n, t.needs_approval,
           coalesce(c.error, case when t.name is null then 'There is no such tool.' end) as wrong
    from jsonb_array_elements(p_calls) with ordinality as e (call, n)
    cross join jsonb_to_record(e.call)
      as c (call_id text, name text, server_id uuid, server text, tool text, arguments text, error text)
    left join internal.tools_of(v_assistant) t on t.server_id = c.server_id and t.name = c.tool) w;
  perform internal.emit(m.conversation_id, 'tool.called', internal.tool_event(c))
  from palaver.tool_calls c join palaver.messages m on m.id = c.message_id
  where c.message_id = v_job.message_id and c.round = v_round order by c.idx;
  return (select jsonb_agg(to_jsonb(c) order by c.idx) from palaver.tool_calls c where c.message_id = v_job.message_id);
end $$;

-- Let an allowed call begin; answers how its server is reached. Null when it must not: not allowed, not any more, or begun before.
create function api.tool_call_start(p_lease uuid, p_call uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs := internal.tool_job(p_lease);
  v_call palaver.tool_calls;
begin
  select c.* into v_call from palaver.tool_calls c
  where c.id = p_call and c.message_id = v_job.message_id and c.status = 'approved' for update;
  if not found then
    return null;
  elsif not exists (select from palaver.messages m, internal.tools_of(m.author_id) t
                    where m.id = v_job.message_id and t.server_id = v_call.server_id and t.name = v_call.tool) then
    perform internal.tool_call_move(p_call, 'failed', 'This tool is not allowed any more.');
    return null;
  end if;
  perform internal.tool_call_move(p_call, 'running');
  return (select internal.tool_server_secret_json(s) from palaver.tool_servers s where s.id = v_call.server_id);
end $$;

-- What came out of a call that ran.
create function api.tool_call_end(p_lease uuid, p_call uuid, p_output text, p_is_failed boolean) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs := internal.tool_job(p_lease);
begin
  if not exists (select from palaver.tool_calls where id = p_call and message_id = v_job.message_id and status = 'running') then
    return false;
  end if;
  perform internal.tool_call_move(p_call, case when p_is_failed then 'failed' else 'done' end, p_output);
  return true;
end $$;

-- Give the answer back until somebody has decided; it costs nobody a place meanwhile. False when nothing is to be decided
-- (any more): then the writer goes on himself.
create function api.tool_calls_wait(p_lease uuid, p_usage jsonb) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs := internal.tool_job(p_lease);
begin
  if v_job.id is null then
    return true;
  elsif v_job.cancel_requested_at is not null then
    perform internal.answer_end(v_job, null, 'cancelled', null, p_usage, null);
    return true;
  elsif not exists (select from palaver.tool_calls where message_id = v_job.message_id and status = 'pending') then
    return false;
  end if;
  update palaver.jobs set lease = null, lease_expires_at = null, waits_until = now() + interval '1 hour',
    usage = coalesce(p_usage, usage) where id = v_job.id;
  perform internal.job_ended(v_job.provider_id);
  return true;
end $$;

create function internal.tool_job(p_lease uuid) returns palaver.jobs language plpgsql as $$
declare
  v_job palaver.jobs;
begin
  select * into v_job from palaver.jobs where lease = p_lease for update;
  perform 1 from palaver.topics t join palaver.messages m on m.conversation_id = t.id
  where m.id = v_job.message_id for update of t;
  return v_job;
end $$;

-- Another status for a call, and everybody hears of it.
create function internal.tool_call_move(
  p_call uuid, p_status text, p_output text default null, p_decided_by uuid default null
) returns void language plpgsql as $$
declare
  v_call palaver.tool_calls;
begin
  update palaver.tool_calls set status = p_status, output = coalesce(left(p_output, 300000), output),
    decided_by = coalesce(p_decided_by, decided_by),
    decided_at = case when p_decided_by is not null then now() else decided_at end,
    finished_at = case when p_status in ('done', 'failed', 'refused') then now() end
  where id = p_call returning * into v_call;
  perform internal.emit(m.conversation_id, 'tool.updated', internal.tool_event(v_call))
  from palaver.messages m where m.id = v_call.message_id;
end $$;

-- Whoever ran these calls is gone. A call that has begun may have done something: it is never begun again by itself.
create function internal.tool_calls_lost(p_message uuid) returns void language sql as $$
  select internal.tool_call_move(id, 'failed', 'The server stopped while this tool ran; what it did is not known.')
  from palaver.tool_calls where message_id = p_message and status = 'running' order by idx
$$;

-- The answer ends: nothing of it is done any more.
create function internal.tool_calls_close(p_message uuid) returns void language sql as $$
  select internal.tool_call_move(id, case status when 'running' then 'failed' else 'refused' end,
    case status when 'running' then 'The answer ended while this tool ran; what it did is not known.'
                else 'The answer ended before this call was made.' end)
  from palaver.tool_calls where message_id = p_message and status in ('pending', 'approved', 'running') order by idx
$$;
