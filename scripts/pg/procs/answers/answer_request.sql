-- The empty answer, visible at once, and the job that will write it, in the queue of the server that has the model. When no
-- budget has room for it, a question that was just posted stays, and its answer says so; otherwise nothing happens.
create function internal.answer_request(
  p_question palaver.messages, p_assistant uuid, p_requested_by uuid, p_model uuid default null,
  p_comparison uuid default null
) returns palaver.messages language plpgsql as $$
declare
  v_answer palaver.messages;
  v_job palaver.jobs;
  v_refusal jsonb;
  v_model palaver.models := internal.model_for(p_assistant, p_model);
begin
  v_answer := internal.message_insert(p_question.conversation_id, p_question, p_assistant, 'assistant', '', 'streaming',
                                      null, '{}', false, p_requested_by, v_model.id, null, p_comparison);
  insert into palaver.jobs (kind, message_id, requested_by, provider_id)
  values ('answer', v_answer.id, p_requested_by, v_model.provider_id) returning * into v_job;
  v_refusal := internal.answer_reserve(v_job, v_answer);
  if v_refusal is not null and p_question.created_at < now() then
    perform internal.budget_fail(v_refusal);
  elsif v_refusal is not null then
    perform internal.answer_end(v_job, null, 'error', null, null, v_refusal - 'retry_after');
    return v_answer;
  end if;
  perform internal.tell(internal.server_topic(), 'job.new', '{}');
  return v_answer;
end $$;

-- The model that is asked: the one that was wanted, the assistant's own, or the default one. Nothing, when none of them is
-- there and enabled: the writer of the answer says so.
create function internal.model_for(p_assistant uuid, p_wanted uuid default null) returns palaver.models
language sql stable as $$
  select m.* from palaver.models m join palaver.providers p on p.id = m.provider_id
  where m.disabled_at is null and p.disabled_at is null
    and case when p_wanted is not null then m.id = p_wanted
             else m.id = (select a.model_id from palaver.assistants a where a.user_id = p_assistant)
               or (m.is_default and not exists (
                     select from palaver.assistants a where a.user_id = p_assistant and a.model_id is not null)) end
$$;

-- The model itself while it can be asked, else null.
create function internal.model_still_there(p_model uuid) returns uuid language sql stable as $$
  select m.id from palaver.models m join palaver.providers p on p.id = m.provider_id
  where m.id = p_model and m.disabled_at is null and p.disabled_at is null
$$;
