-- Silence: who gave no sign of being there for `p_away_seconds` is away, who gave none at all for `p_offline_seconds`
-- is offline. Several workers may do this at once; answers how many changed, 500 at most.
create function api.presence_decay(p_away_seconds integer, p_offline_seconds integer, p_most integer) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v palaver.presence;
  v_before text;
  v_offline timestamptz := now() - p_offline_seconds * interval '1 second';
  v_count integer := 0;
begin
  perform set_config('synchronous_commit', 'off', true);
  delete from palaver.presence_places where beat_at < now() - interval '1 hour';
  for v in
    select * from palaver.presence
    where (status = 'online' and active_at < now() - p_away_seconds * interval '1 second')
      or (status <> 'offline' and seen_at < v_offline)
    order by user_id limit 500 for update skip locked
  loop
    v_before := v.status;
    v.status := case when v.seen_at < v_offline then 'offline' else 'away' end;
    v.signs := '{}';
    perform internal.presence_set(v, v_before, p_most);
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;
