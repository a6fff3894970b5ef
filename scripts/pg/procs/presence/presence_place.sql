-- A web process says that it lives, who opened a stream there, and who closed the last one and how many seconds ago:
-- `{user: seconds}`. Opening one is a sign of life. Who has no stream left in any living process, and has given no sign
-- since, is away.
create function api.presence_place(p_place text, p_came uuid[], p_left jsonb, p_most integer) returns void
language plpgsql security definer set search_path = pg_temp as $$
declare
  v palaver.presence;
  v_before text;
  v_living text[];
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into palaver.presence_places (place, beat_at) values (p_place, now())
  on conflict (place) do update set beat_at = now();
  v_living := array(select place from palaver.presence_places
                    where beat_at > now() - interval '15 seconds' and place <> p_place);
  for v in select * from internal.presence_lock(p_came || array(select jsonb_object_keys(p_left)::uuid)) loop
    v_before := v.status;
    v.places := array(select place from unnest(v.places) as place where place = any (v_living));
    if v.user_id = any (p_came) then
      v.places := v.places || p_place;
      v.status := 'online';
      v.seen_at := now();
      v.active_at := now();
    elsif v.places = '{}' and v.status = 'online'
          and v.seen_at <= now() - (p_left ->> v.user_id::text)::float * interval '1 second' then
      v.status := 'away';
      v.signs := '{}';
    end if;
    perform internal.presence_set(v, v_before, p_most);
  end loop;
end $$;
