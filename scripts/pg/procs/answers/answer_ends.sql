-- How a job ended, in seconds since it was asked for. `p_first_ms`: from its turn to the first piece.
create function internal.job_counted(p_job palaver.jobs, p_model uuid, p_finish_reason text, p_first_ms integer) returns void
language sql as $$
  insert into palaver.answer_ends (kind, provider, model, finish_reason, waited, first, whole, cancelled)
  select p_job.kind, coalesce(p.name, ''), coalesce(m.name, ''), p_finish_reason,
         extract(epoch from coalesce(p_job.leased_at, clock_timestamp()) - p_job.created_at),
         extract(epoch from p_job.leased_at - p_job.created_at) + p_first_ms / 1000.0,
         extract(epoch from clock_timestamp() - p_job.created_at),
         case when p_finish_reason = 'cancelled' then
           extract(epoch from clock_timestamp() - coalesce(p_job.cancel_requested_at, clock_timestamp())) end
  from (select) as one left join palaver.models m on m.id = p_model left join palaver.providers p on p.id = p_job.provider_id
$$;

-- What one end adds to which count. (In PL/pgSQL, because PostgreSQL 16 cannot plan it as a part of a query.)
create function internal.end_counts(e palaver.answer_ends) returns table (metric text, label text, value double precision)
language plpgsql immutable as $$
begin
  return query
  select 'ended', e.finish_reason, 1::double precision
  union all
  select t.metric, l.label, l.value
  from (values ('waited', e.waited, '{0.1,0.5,1,5,15,60,300}'::real[]),
               ('first', e.first, '{0.05,0.1,0.15,0.25,0.5,1,2,5,10,30,60,120}'),
               ('whole', e.whole, '{0.25,0.5,1,2,5,10,20,30,60,120,300,600}'),
               ('cancelled', e.cancelled, '{0.025,0.05,0.1,0.25,0.5,1,3,5}')) as t (metric, seconds, bounds)
  cross join lateral (values
    (coalesce((select min(b) from unnest(t.bounds) as b where b >= t.seconds)::text, '+Inf'), 1::double precision),
    ('sum', t.seconds)) as l (label, value)
  where t.seconds is not null;
end $$;

-- Add up the ends that are not added up yet.
create function api.answer_fold() returns integer language plpgsql security definer set search_path = pg_temp as $$
declare
  v_folded integer := 0;
begin
  if exists (select from palaver.answer_ends) and pg_try_advisory_xact_lock(7230194421) then
    with gone as (delete from palaver.answer_ends returning *),
    added as (
      insert into palaver.answer_counts as c (metric, kind, provider, model, label, value)
      select n.metric, g.kind, g.provider, g.model, n.label, sum(n.value)
      from gone g cross join lateral internal.end_counts(g) as n group by 1, 2, 3, 4, 5
      on conflict (metric, kind, provider, model, label) do update set value = c.value + excluded.value)
    select count(*) into v_folded from gone;
    delete from palaver.turns where taken_at < now() - interval '1 hour';
  end if;
  return v_folded;
end $$;

-- All counts since the beginning, and what runs and waits now. One snapshot, so that nothing is counted twice or not at all.
create function api.answer_counts() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object(
    'counts', (select coalesce(jsonb_agg(to_jsonb(n)), '[]') from (
      select metric, kind, provider, model, label, sum(value) as value from (
        select * from palaver.answer_counts
        union all
        select n.metric, e.kind, e.provider, e.model, n.label, n.value
        from palaver.answer_ends e cross join lateral internal.end_counts(e) as n) as every group by 1, 2, 3, 4, 5) as n),
    'providers', (select coalesce(jsonb_agg(jsonb_build_object(
        'provider', p.name,
        'running', (select count(*) from palaver.jobs j where j.provider_id = p.id and j.lease is not null),
        'waiting', (select count(*) from palaver.jobs j where j.provider_id = p.id and j.lease is null and j.waits_until is null))), '[]')
      from palaver.providers p))
$$;
