-- Forget events older than `p_hours`, a batch at a time, and the pieces of answers that finished before then.
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
  delete from palaver.message_chunks c using palaver.messages m
  where m.id = c.message_id and m.status <> 'streaming' and m.created_at < now() - p_hours * interval '1 hour'
    and c.message_id in (select message_id from palaver.message_chunks limit p_batch);
  return v_count;
end $$;
