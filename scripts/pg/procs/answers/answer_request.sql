-- The empty answer, visible at once, and the job that will write it.
create function internal.answer_request(p_question palaver.messages, p_assistant uuid, p_requested_by uuid)
returns palaver.messages language plpgsql as $$
declare
  v_answer palaver.messages;
begin
  v_answer := internal.message_insert(p_question.conversation_id, p_question, p_assistant, 'assistant', '', 'streaming',
                                      null, '{}', false, p_requested_by);
  insert into palaver.jobs (kind, message_id, requested_by) values ('answer', v_answer.id, p_requested_by);
  perform internal.tell(internal.server_topic(), 'job.new', '{}');
  return v_answer;
end $$;
