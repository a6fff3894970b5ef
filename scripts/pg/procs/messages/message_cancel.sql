-- Stop an answer. Who asked for it may, and who runs the conversation. Not begun yet: it ends here and now. Begun: the
-- process that writes it is told, and ends it with the text so far. Ended already: nothing changes.
create function api.message_cancel(p_actor uuid, p_message uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.require_message(p_actor, p_message);
  v_member palaver.members := internal.require_writer(p_actor, v_message.conversation_id);
  v_job palaver.jobs;
begin
  if v_message.role <> 'assistant' then
    perform internal.fail('PV422', 'Only an answer of the assistant can be stopped.');
  end if;
  select * into v_job from palaver.jobs where message_id = p_message for update;
  if not found then
    return internal.message_json(internal.require_message(p_actor, p_message));
  elsif v_job.requested_by <> p_actor and v_member.role not in ('owner', 'admin') then
    perform internal.fail('PV403', 'Only the person who asked, or an owner of the conversation, can stop this answer.');
  elsif v_job.lease is null then
    perform internal.answer_end(v_job, null, 'cancelled', null, null, null);
  elsif v_job.cancel_requested_at is null then
    update palaver.jobs set cancel_requested_at = now() where id = v_job.id;
    perform internal.tell(internal.server_topic(), 'job.cancel', jsonb_build_object('lease', v_job.lease));
  end if;
  return internal.message_json(internal.require_message(p_actor, p_message));
end $$;
