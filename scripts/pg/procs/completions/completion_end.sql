-- Keep these requests that are being answered for another while; answers those that are there no more, or whose people were
-- switched off, or whose key or session was revoked.
create function api.completion_keep(p_jobs uuid[], p_keep_seconds integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_kept uuid[];
begin
  with kept as (
    update palaver.jobs set lease_expires_at = now() + p_keep_seconds * interval '1 second'
    where id = any (p_jobs) and kind = 'completion' and lease is not null
      and exists (select from palaver.users u where u.id = requested_by and u.disabled_at is null)
      and (key_id is null or exists (select from palaver.api_keys k where k.id = key_id and k.revoked_at is null))
      and (session_id is null or exists (select from palaver.sessions s where s.id = session_id and s.revoked_at is null))
    returning id)
  select coalesce(array_agg(id), '{}') into v_kept from kept;
  return (select coalesce(jsonb_agg(j), '[]') from unnest(p_jobs) as j where j <> all (v_kept));
end $$;

-- It is over, or its client went away while it waited: the next one's turn. False when it was over already.
-- `p_first_ms`: from its turn to the first piece.
create function api.completion_end(p_actor uuid, p_job uuid, p_finish_reason text, p_first_ms integer) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
begin
  perform set_config('synchronous_commit', 'off', true);
  delete from palaver.jobs where id = p_job and kind = 'completion' and requested_by = p_actor returning * into v_job;
  if v_job.id is null then
    return false;
  end if;
  perform internal.job_counted(v_job, v_job.model_id, p_finish_reason, p_first_ms);
  perform internal.job_ended(v_job.provider_id);
  return true;
end $$;
