-- Forget events older than `p_hours` and what a topic has beyond its newest `p_most`, a batch at a time, and the pieces
-- of answers that were begun before then; answers how many rows went.
create function api.event_prune(p_hours integer, p_most integer, p_batch integer) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count integer;
  v_old integer;
begin
  if not pg_try_advisory_xact_lock(hashtext('palaver.event_prune')) then
    return 0;  -- another worker is about it
  end if;
  -- What somebody is taking a text out of is left to the next time.
  v_count := internal.events_forget(array(
    select e.pos from palaver.events e where e.created_at < now() - p_hours * interval '1 hour'
    order by e.pos limit p_batch for update skip locked));
  v_count := v_count + internal.events_forget(array(
    select e.pos from (
      select t.id, t.seq - p_most as upto from palaver.topics t left join palaver.prunings p on p.topic_id = t.id
      where t.seq - coalesce(p.seq, 0) > p_most) as long
    join palaver.events e on e.topic_id = long.id and e.seq <= long.upto
    order by e.pos limit p_batch for update of e skip locked));
  with old as (
    select m.id from palaver.messages m
    where m.role = 'assistant' and m.status <> 'streaming' and m.created_at < now() - p_hours * interval '1 hour'
      and exists (select from palaver.message_chunks c where c.message_id = m.id)
    order by m.created_at limit p_batch / 20 + 1),
  pieces as (
    delete from palaver.message_chunks c using old where c.message_id = old.id returning 1)
  select count(*) into v_old from pieces;
  return v_count + v_old;
end $$;

-- Remove events and note in the same transaction how far their topics were forgotten, so that nobody sees one without
-- the other. Whoever deletes a message holds the server's row and may wait here for an event: this waits for nobody.
create function internal.events_forget(p_positions bigint[]) returns integer language plpgsql as $$
declare
  v_count integer;
begin
  with gone as (
    delete from palaver.events where pos = any (p_positions) returning pos, topic_id, seq),
  noted as (
    insert into palaver.prunings as p (topic_id, seq, pos)
    select topic_id, max(seq), max(pos) from gone group by topic_id order by topic_id
    on conflict (topic_id) do update set seq = greatest(p.seq, excluded.seq), pos = greatest(p.pos, excluded.pos))
  select count(*) into v_count from gone;
  return v_count;
end $$;
