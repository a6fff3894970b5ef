-- Lease up to `p_limit` waiting answers, oldest first. Two workers never take the same one. `so_far` is the text that an
-- answer goes on from.
create function api.answer_claim(p_limit integer, p_lease_seconds integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_claimed jsonb;
begin
  with next as (
    select id from palaver.jobs where lease is null and kind = 'answer'
    order by created_at limit p_limit for update skip locked),
  leased as (
    update palaver.jobs j
    set lease = gen_random_uuid(), lease_expires_at = now() + p_lease_seconds * interval '1 second',
        attempts = attempts + 1
    from next where j.id = next.id returning j.*)
  select coalesce(jsonb_agg(jsonb_build_object(
    'lease', l.lease, 'message_id', l.message_id, 'conversation_id', m.conversation_id, 'root_id', m.root_id,
    'so_far', case when l.first_idx > 0 then internal.chunk_text(l.message_id) end)
    order by l.created_at), '[]')
  into v_claimed from leased l join palaver.messages m on m.id = l.message_id;
  return v_claimed;
end $$;
