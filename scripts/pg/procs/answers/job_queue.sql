-- Who takes jobs does so under this lock: what is counted must not change before it is taken.
create function internal.claim_lock() returns bigint language sql immutable as $$
  select 7230194410::bigint
$$;

-- The waiting jobs in the order of their turns: whoever has less being written or waiting before is first, then whose last
-- turn is longest ago, so that many questions of one person do not hold up the one of another; titles and summaries come
-- after what people wait for. `place` counts for each server from 1. A request to /v1 whose process shows no sign of life
-- waits no more. A plan that was made while nobody waited must not look through the whole queue for each of a thousand:
-- hence the settings.
create function internal.job_queue() returns table (id uuid, provider_id uuid, place bigint)
language sql stable rows 1000 set enable_nestloop = off as $$
  with running as (
    select provider_id, requested_by, count(*) as n from palaver.jobs where lease is not null group by 1, 2),
  turns as (
    select j.id, j.provider_id, j.created_at, t.taken_at, j.kind in ('title', 'summary') as is_background, coalesce(r.n, 0)
           + row_number() over (partition by j.provider_id, j.requested_by, j.kind in ('title', 'summary')
                                order by j.created_at, j.id) as turn
    from palaver.jobs j
    left join running r on r.provider_id = j.provider_id and r.requested_by = j.requested_by
    left join palaver.turns t on t.provider_id = j.provider_id and t.user_id = j.requested_by
    where j.lease is null and j.waits_until is null and (j.lease_expires_at is null or j.lease_expires_at > now()))
  select id, provider_id, row_number() over (
    partition by provider_id order by is_background, turn, taken_at nulls first, created_at, id)
  from turns
$$;

-- The same, and whose turn it is now. Without a server, or with one that is switched off, a job's turn is at once: whoever
-- takes it says so.
create function internal.job_turns(p_local integer) returns table (id uuid, place bigint, is_next boolean)
language sql stable as $$
  with rooms as materialized (
    select p.id, case when p.disabled_at is not null then 1000000 else internal.provider_room(p.id, p_local) end as room
    from palaver.providers p where p.id in (select provider_id from palaver.jobs where lease is null))
  select q.id, q.place, q.provider_id is null or q.place <= r.room
  from internal.job_queue() q left join rooms r on r.id = q.provider_id
$$;

-- How many more answers a server may write now: as many as it was given, or the configuration says (`p_local`). Without either
-- the local model generates two at once (n_parallel; a third would only wait where nobody sees it), other servers 100.
-- While the model of this machine arrives, questions wait; one that says nothing for so long is not arriving.
create function internal.provider_room(p_provider uuid, p_local integer) returns bigint language sql stable as $$
  select case
      when p.kind = 'local' and s.state in ('waiting', 'fetching', 'loading')
           and s.updated_at > now() - interval '120 seconds' then 0
      else coalesce(p.max_concurrent, case when p.kind = 'local' then nullif(p_local, 0) end,
                    case when p.kind = 'local' and s.state not in ('external', 'none') then 2 else 100 end)
           - (select count(*) from palaver.jobs j where j.provider_id = p.id and j.lease is not null)
    end
  from palaver.providers p cross join palaver.model_status s where p.id = p_provider
$$;

-- A place became free: whoever waits for this server looks whether it is his turn. Call it when the job is gone.
create function internal.job_ended(p_provider uuid) returns void language plpgsql as $$
begin
  if exists (select from palaver.jobs where provider_id = p_provider and lease is null) then
    perform internal.tell(internal.server_topic(), 'job.new', '{}');
  end if;
end $$;

-- These jobs have had their turns.
create function internal.turns_taken(p_jobs uuid[]) returns void language sql as $$
  insert into palaver.turns (provider_id, user_id)
  select distinct provider_id, requested_by from palaver.jobs
  where id = any (p_jobs) and provider_id is not null and kind not in ('title', 'summary')
  on conflict (provider_id, user_id) do update set taken_at = excluded.taken_at
$$;
