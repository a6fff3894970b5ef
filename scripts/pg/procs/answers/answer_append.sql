-- One flush of every answer that a worker is writing: `[{lease, conversation_id, root_id, message_id, idx, content}]`.
-- Pieces whose lease is lost are neither written nor heard; those leases are answered. A crash may lose the last
-- pieces (the worker sends them again), so the commit need not wait for the disk, and a notification that does not wait
-- for the disk holds up no other commit.
create function api.answer_append(p_pieces jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_held uuid[];
  v_batch text := '';
  v_line text;
begin
  perform set_config('synchronous_commit', 'off', true);
  select coalesce(array_agg(lease), '{}') into v_held from (
    select lease from palaver.jobs where lease in (select (p ->> 'lease')::uuid from jsonb_array_elements(p_pieces) as p)
    for key share) as held;
  for v_line in
    with pieces as (
      select * from jsonb_to_recordset(p_pieces)
        as p (lease uuid, conversation_id uuid, root_id uuid, message_id uuid, idx integer, content text)
      where lease = any (v_held)),
    written as (
      insert into palaver.message_chunks (message_id, idx, content) select message_id, idx, content from pieces
      on conflict do nothing)
    select internal.bus_line(null, conversation_id, null, 'message.delta', jsonb_build_object(
      'conversation_id', conversation_id, 'root_id', root_id, 'message_id', message_id, 'idx', idx, 'content', content))
    from pieces order by message_id, idx
  loop
    if octet_length(v_batch) + octet_length(v_line) > 7900 then
      perform pg_notify('palaver', v_batch);
      v_batch := '';
    end if;
    v_batch := v_batch || v_line;
  end loop;
  if v_batch <> '' then
    perform pg_notify('palaver', v_batch);
  end if;
  return (select coalesce(jsonb_agg(distinct p ->> 'lease'), '[]') from jsonb_array_elements(p_pieces) as p
          where (p ->> 'lease')::uuid <> all (v_held));
end $$;
