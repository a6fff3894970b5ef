-- One flush of every answer that a worker is writing: `[{lease, message_id, idx, content}]`. Pieces whose lease is lost
-- are not written; those leases are answered. A crash may lose the last pieces (the worker sends them again), so the
-- commit need not wait for the disk.
create function api.answer_append(p_pieces jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_lost jsonb;
begin
  perform set_config('synchronous_commit', 'off', true);
  with pieces as (
    select * from jsonb_to_recordset(p_pieces) as p (lease uuid, message_id uuid, idx integer, content text)),
  held as (
    select j.lease from palaver.jobs j where j.lease in (select lease from pieces) for key share),
  written as (
    insert into palaver.message_chunks (message_id, idx, content)
    select message_id, idx, content from pieces where lease in (select lease from held)
    on conflict do nothing)
  select coalesce(jsonb_agg(distinct lease), '[]') into v_lost from pieces where lease not in (select lease from held);
  return v_lost;
end $$;
