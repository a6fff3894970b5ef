-- Let an answer that was cut short go on, in the same message. Its text so far becomes piece 0, what is written now begins
-- with piece 1. Who asked for the answer stays who asked; stopping it is up to who let it go on. The model that began it goes
-- on, unless it is gone or another one is named.
create function api.message_continue(p_actor uuid, p_message uuid, p_model uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.message_lock(p_actor, p_message);
  v_job palaver.jobs;
  v_refusal jsonb;
begin
  perform internal.require_poster(p_actor, v_message.conversation_id);
  perform internal.require_askable(p_model);
  perform internal.require_cut_short(v_message);
  delete from palaver.message_chunks where message_id = p_message;
  insert into palaver.message_chunks (message_id, idx, content) values (p_message, 0, v_message.content);
  update palaver.messages
  set status = 'streaming', finish_reason = null, error = null,
      model_id = (internal.model_for(author_id, coalesce(p_model, internal.model_still_there(model_id)))).id
  where id = p_message returning * into v_message;
  insert into palaver.jobs (kind, message_id, requested_by, first_idx, kept_bytes, provider_id)
  values ('answer', p_message, p_actor, 1, octet_length(v_message.content), (select provider_id from palaver.models where id = v_message.model_id))
  returning * into v_job;
  v_refusal := internal.answer_reserve(v_job, v_message);
  if v_refusal is not null then
    perform internal.budget_fail(v_refusal);
  end if;
  perform internal.emit(v_message.conversation_id, 'message.updated', internal.message_event(v_message));
  perform internal.tell(internal.server_topic(), 'job.new', '{}');
  return internal.message_json(v_message);
end $$;

-- An answer that has something to go on from, and that nobody counts on as it is.
create function internal.require_cut_short(m palaver.messages) returns void language plpgsql stable as $$
begin
  if m.role <> 'assistant' then
    perform internal.fail('PV422', 'Only an answer of the assistant can be continued.');
  elsif m.deleted_at is not null then
    perform internal.fail('PV409', 'This answer was deleted; restore it before you continue it.');
  elsif m.status = 'streaming' then
    perform internal.fail('PV409', 'The assistant is still answering; wait for it or stop it first.');
  end if;
  perform internal.require_silence(m.parent_id, m.author_id, m.comparison_id);
  if m.finish_reason is null or m.finish_reason = 'stop' then
    perform internal.fail('PV409', 'This answer is complete; there is nothing to continue. Reply to it instead.');
  elsif m.content = '' then
    perform internal.fail('PV409', 'This answer has no text to continue from; try again instead.');
  elsif length(m.content) >= 262144 then
    perform internal.fail('PV409', 'This answer is as long as a message can be; reply to it instead.');
  elsif exists (select from palaver.messages where parent_id = m.id) then
    perform internal.fail('PV409', 'Somebody has replied to this answer, so its text must not change any more; '
                                   'reply to it and ask the assistant to go on.');
  end if;
end $$;
