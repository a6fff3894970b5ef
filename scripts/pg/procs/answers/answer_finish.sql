-- The worker's last word on an answer. False when the lease is no longer its own. `p_counted`: what it counted itself,
-- `{input_tokens, output_tokens}`, for when the server of models did not, and `first_ms` from its lease to the first piece.
create function api.answer_finish(
  p_lease uuid, p_content text, p_finish_reason text, p_model text, p_usage jsonb, p_error jsonb, p_counted jsonb
) returns boolean language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
begin
  select * into v_job from palaver.jobs where lease = p_lease for update;
  if not found then
    return false;
  end if;
  perform internal.answer_end(v_job, p_content, p_finish_reason, p_model, p_usage, p_error, p_counted);
  return true;
end $$;

-- Write the text, drop the job, say it. `p_content` null keeps the pieces that were written. An answer that went on keeps what
-- is known of how it began.
create function internal.answer_end(
  p_job palaver.jobs, p_content text, p_finish_reason text, p_model text, p_usage jsonb, p_error jsonb,
  p_counted jsonb default null
) returns void language plpgsql as $$
declare
  v_message palaver.messages;
  v_activity timestamptz;
begin
  perform 1 from palaver.topics t join palaver.messages m on m.conversation_id = t.id
  where m.id = p_job.message_id for update of t;
  update palaver.messages
  set content = left(coalesce(p_content, internal.chunk_text(id)), 262144), finish_reason = p_finish_reason,
      model = coalesce(p_model, model), usage = coalesce(p_usage, p_job.usage, usage), error = p_error,
      status = case when p_finish_reason in ('stop', 'length') then 'complete'
                    when p_finish_reason = 'error' then 'failed' else 'interrupted' end
  where id = p_job.message_id returning * into v_message;
  perform internal.answer_settle(p_job, v_message, coalesce(p_usage, p_job.usage), p_counted);
  delete from palaver.jobs where id = p_job.id;
  perform internal.tool_calls_close(v_message.id);
  perform internal.job_counted(p_job, v_message.model_id, p_finish_reason, (p_counted ->> 'first_ms')::integer);
  perform internal.job_ended(p_job.provider_id);
  update palaver.threads set last_activity_at = now() where root_id = v_message.root_id
  returning last_activity_at into v_activity;
  perform internal.emit(v_message.conversation_id, 'message.done', jsonb_build_object(
    'conversation_id', v_message.conversation_id, 'root_id', v_message.root_id, 'message_id', v_message.id,
    'finish_reason', p_finish_reason, 'usage', v_message.usage, 'message', internal.message_json(v_message)));
  if p_error is not null then
    perform internal.tell(v_message.conversation_id, 'error', p_error || jsonb_build_object('message_id', v_message.id));
  end if;
  perform internal.emit(v_message.conversation_id, 'thread.activity', jsonb_build_object(
    'conversation_id', v_message.conversation_id, 'root_id', v_message.root_id, 'last_activity_at', v_activity));
end $$;
