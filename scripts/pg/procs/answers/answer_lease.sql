-- Keep these leases for another while; answers which of them are to be cancelled and which are lost.
create function api.answer_heartbeat(p_leases uuid[], p_lease_seconds integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_kept uuid[];
begin
  with kept as (
    update palaver.jobs set lease_expires_at = now() + p_lease_seconds * interval '1 second'
    where lease = any (p_leases) returning lease)
  select coalesce(array_agg(lease), '{}') into v_kept from kept;
  return jsonb_build_object(
    'cancelled', coalesce((select jsonb_agg(lease) from palaver.jobs
                           where lease = any (v_kept) and cancel_requested_at is not null), '[]'),
    'lost', coalesce((select jsonb_agg(l) from unnest(p_leases) as l where l <> all (v_kept)), '[]'));
end $$;

-- Has this job written anything? The text that an answer goes on from was there before.
create function internal.has_begun(j palaver.jobs) returns boolean language sql stable as $$
  select exists (select from palaver.message_chunks where message_id = j.message_id and idx >= j.first_idx)
$$;

-- Answers whose writer died. Nothing written yet: back to the queue, three times at most. Otherwise the answer ends as
-- interrupted with the text it has, and people can ask again.
create function api.answer_reap() returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
  v_count integer := 0;
begin
  for v_job in select * from palaver.jobs where lease_expires_at < now() for update skip locked loop
    v_count := v_count + 1;
    perform internal.tool_calls_lost(v_job.message_id);
    if v_job.kind = 'completion' or (v_job.kind <> 'answer' and v_job.attempts >= 3) then
      delete from palaver.jobs where id = v_job.id;
      perform internal.job_counted(v_job, v_job.model_id, 'interrupted', null);
      perform internal.job_ended(v_job.provider_id);
    elsif v_job.cancel_requested_at is not null then
      perform internal.answer_end(v_job, null, 'cancelled', null, null, null);
    elsif v_job.attempts < 3 and not internal.has_begun(v_job) then
      update palaver.jobs set lease = null, lease_expires_at = null where id = v_job.id;
      perform internal.tell(internal.server_topic(), 'job.new', '{}');
    else
      perform internal.answer_end(v_job, null, 'interrupted', null, null, jsonb_build_object(
        'code', 'PV.ANSWER.INTERRUPTED', 'message', 'The server stopped while this answer was being written.'));
    end if;
  end loop;
  perform internal.tool_calls_expire();
  return v_count;
end $$;

-- A worker that stops in good order gives back what it has not begun.
create function api.answer_release(p_lease uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message uuid;
begin
  update palaver.jobs set lease = null, lease_expires_at = null, attempts = attempts - 1
  where lease = p_lease and not internal.has_begun(jobs) returning message_id into v_message;
  if found then
    perform internal.tool_calls_lost(v_message);
    perform internal.tell(internal.server_topic(), 'job.new', '{}');
    return true;
  end if;
  return false;
end $$;
