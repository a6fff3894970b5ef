-- A request to /v1 takes its place in the queue of the server that has the model: `{id, lease, place, asked}`. With a `lease`
-- it is its turn already. Otherwise its process asks again (completion_claim), which is also its sign of life.
create function internal.completion_begin(
  p_actor uuid, p_model uuid, p_assistant uuid, p_keep_seconds integer, p_local integer
) returns jsonb language plpgsql as $$
declare
  v_provider uuid;
  v_job palaver.jobs;
  v_is_free boolean;
  v_came_with jsonb := nullif(current_setting('palaver.context', true), '')::jsonb;
begin
  -- Others wait for the lock, and a crash that loses the row has lost the request as well.
  perform set_config('synchronous_commit', 'off', true);
  select provider_id into v_provider from palaver.models where id = internal.model_still_there(p_model);
  if not found then
    perform internal.fail('PV404', 'This model is not there, or it is switched off; the list of models says which can be asked.');
  end if;
  perform pg_advisory_xact_lock(internal.claim_lock());
  v_is_free := not exists (select from palaver.jobs where provider_id = v_provider and lease is null)
               and internal.provider_room(v_provider, p_local) > 0;
  insert into palaver.jobs (kind, requested_by, session_id, key_id, provider_id, model_id, lease_expires_at, lease, leased_at,
                            attempts)
  values ('completion', p_actor, (v_came_with ->> 'session_id')::uuid, (v_came_with ->> 'key_id')::uuid, v_provider, p_model, now() + p_keep_seconds * interval '1 second',
          case when v_is_free then gen_random_uuid() end, case when v_is_free then now() end, v_is_free::integer)
  returning * into v_job;
  if v_is_free then
    perform internal.turns_taken(array[v_job.id]);
    return jsonb_build_object('id', v_job.id, 'lease', v_job.lease, 'place', 1,
                              'asked', internal.asked_json(p_assistant, p_model));
  end if;
  return api.completion_claim(array[v_job.id], p_keep_seconds, p_local) -> 0
         || jsonb_build_object('asked', internal.asked_json(p_assistant, p_model));
end $$;

-- Is it the turn of these waiting requests? `[{id, lease, place}]`; without a lease it is not yet. Those that are not
-- answered have ended.
create function api.completion_claim(p_jobs uuid[], p_keep_seconds integer, p_local integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_until timestamptz := now() + p_keep_seconds * interval '1 second';
  v_found jsonb;
  v_taken uuid[];
begin
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock(internal.claim_lock());
  update palaver.jobs set lease_expires_at = v_until
  where id = any (p_jobs) and kind = 'completion' and lease is null;
  with turns as materialized (select * from internal.job_turns(p_local)),
  leased as (
    update palaver.jobs j
    set lease = gen_random_uuid(), lease_expires_at = v_until, leased_at = now(), attempts = 1
    from turns t where j.id = any (p_jobs) and j.id = t.id and t.is_next and j.lease is null returning j.id, j.lease)
  select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'lease', l.lease, 'place', t.place) order by t.place), '[]'), array_agg(l.id)
  into v_found, v_taken from turns t left join leased l on l.id = t.id where t.id = any (p_jobs);
  perform internal.turns_taken(v_taken);
  return v_found;
end $$;
