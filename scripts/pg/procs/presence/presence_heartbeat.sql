-- A client says that its person is there (`online`) or not at the keys (`away`). Somebody is online while any client
-- says so: one tab in the background does not hide the other in front. A sign counts for `p_away_seconds`.
create function api.presence_heartbeat(
  p_actor uuid, p_client text, p_status text, p_away_seconds integer, p_most integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v palaver.presence;
  v_before text;
begin
  perform set_config('synchronous_commit', 'off', true);
  select * into v from internal.presence_lock(array[p_actor]);
  v_before := v.status;
  v.signs := internal.presence_signs(v.signs - p_client, p_away_seconds);
  if p_status = 'online' then
    v.signs := v.signs || jsonb_build_object(p_client, extract(epoch from now()));
  end if;
  v.status := case when v.signs = '{}' then 'away' else 'online' end;
  v.seen_at := now();
  v.active_at := coalesce(
    (select to_timestamp(max(at::float)) from jsonb_each_text(v.signs) as s (client, at)), v.active_at);
  perform internal.presence_set(v, v_before, p_most);
  return internal.presence_json(v);
end $$;

-- The signs that still count; the latest, for somebody who invents clients.
create function internal.presence_signs(p_signs jsonb, p_seconds integer) returns jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(client, at), '{}') from (
    select client, at from jsonb_each(p_signs) as s (client, at)
    where at::float > extract(epoch from now()) - p_seconds order by at::float desc limit 20) as fresh
$$;
