-- Forget events older than `p_hours`, a batch at a time, and the pieces of answers that were begun before then;
-- answers how many rows went.
create function api.event_prune(p_hours integer, p_batch integer) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_pos bigint;
  v_count integer;
begin
  with gone as (
    delete from palaver.events where pos in (
      select pos from palaver.events where created_at < now() - p_hours * interval '1 hour' order by pos limit p_batch)
    returning pos)
  select max(pos), count(*) into v_pos, v_count from gone;
  if v_pos is not null then
    update palaver.server set pruned_pos = greatest(pruned_pos, v_pos);
  end if;
  with old as (
    select m.id from palaver.messages m
    where m.role = 'assistant' and m.status <> 'streaming' and m.created_at < now() - p_hours * interval '1 hour'
      and exists (select from palaver.message_chunks c where c.message_id = m.id)
    order by m.created_at limit p_batch / 20 + 1),
  pieces as (
    delete from palaver.message_chunks c using old where c.message_id = old.id returning 1)
  select v_count + count(*) into v_count from pieces;
  return v_count;
end $$;
