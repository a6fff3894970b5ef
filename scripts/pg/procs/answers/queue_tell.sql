-- Where an answer waits, as a part of its JSON; null when it does not wait.
create function internal.queue_json(p_message uuid) returns jsonb language plpgsql stable as $$
declare
  v_job uuid := (select id from palaver.jobs where message_id = p_message and lease is null);
begin
  if v_job is null then
    return null;
  end if;
  return (select jsonb_build_object('queue', jsonb_build_object('place', place)) from internal.job_queue() where id = v_job);
end $$;

-- Tell those whose place in the queue has changed, each at most twice a second; 0 is that the turn has come. One process at
-- a time does it. Answers whether somebody waits still.
create function api.queue_tell() returns boolean language plpgsql security definer set search_path = pg_temp as $$
declare
  v_told record;
begin
  if not exists (select from palaver.jobs where kind = 'answer' and waits_until is null and (lease is null or told_place > 0)) then
    return false;
  end if;
  if pg_try_advisory_xact_lock(7230194422) then
    for v_told in
      with places as (
        select j.id, coalesce(q.place, 0) as place
        from palaver.jobs j left join internal.job_queue() q on q.id = j.id
        where j.kind = 'answer' and j.waits_until is null and (j.lease is null or j.told_place > 0)
          and coalesce(q.place, 0) <> coalesce(j.told_place, 0)
          and (j.told_at is null or j.told_at < now() - interval '0.4 seconds')
        order by j.id for update of j skip locked),
      told as (
        update palaver.jobs j set told_place = p.place, told_at = now() from places p where j.id = p.id
        returning j.message_id, p.place)
      select m.conversation_id, m.root_id, m.id, t.place from told t join palaver.messages m on m.id = t.message_id
    loop
      perform internal.tell(v_told.conversation_id, 'answer.queued', jsonb_build_object(
        'conversation_id', v_told.conversation_id, 'root_id', v_told.root_id, 'message_id', v_told.id, 'place', v_told.place));
    end loop;
  end if;
  return true;
end $$;
