-- Bring a deleted text back, while it is kept: only who took it away may, so an author cannot undo what a moderator did.
create function api.message_restore(p_actor uuid, p_message uuid, p_days integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.message_lock(p_actor, p_message);
begin
  perform internal.require_writer(p_actor, v_message.conversation_id);
  if v_message.deleted_at is null then
    return internal.message_json(v_message);
  elsif v_message.purged_at is not null or v_message.deleted_at < now() - p_days * interval '1 day' then
    perform internal.fail('PV410', 'This message was deleted too long ago; its text is gone for good.');
  elsif v_message.deleted_by is distinct from p_actor then
    perform internal.fail('PV403', 'Only the person who deleted this message can restore it.');
  end if;
  update palaver.messages set deleted_at = null, deleted_by = null where id = p_message returning * into v_message;
  perform internal.emit(v_message.conversation_id, 'message.restored', internal.message_event(v_message));
  return internal.message_json(v_message);
end $$;

-- Empty messages for good that were deleted more than `p_days` ago, a batch at a time; answers how many.
create function api.message_purge(p_days integer, p_batch integer) returns integer
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_ids uuid[];
begin
  with old as (
    select id from palaver.messages
    where deleted_at < now() - p_days * interval '1 day' and purged_at is null
    order by deleted_at limit p_batch for update skip locked),
  emptied as (
    update palaver.messages m
    set content = '', mentions = '{}', mentions_all = false, error = null, deleted_by = null, purged_at = now()
    from old where m.id = old.id returning m.id)
  select coalesce(array_agg(id), '{}') into v_ids from emptied;
  delete from palaver.message_edits where message_id = any (v_ids);
  delete from palaver.tool_calls where message_id = any (v_ids);
  return cardinality(v_ids);
end $$;
