-- Ask again: a new answer beside the old one, under the same question.
create function api.message_regenerate(p_actor uuid, p_message uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_old palaver.messages := internal.message_lock(p_actor, p_message);
  v_question palaver.messages;
  v_answer palaver.messages;
begin
  perform internal.require_poster(p_actor, v_old.conversation_id);
  if v_old.role <> 'assistant' then
    perform internal.fail('PV422', 'Only an answer of the assistant can be asked for again.');
  end if;
  if exists (select from palaver.messages where parent_id = v_old.parent_id and status = 'streaming'
             and author_id = v_old.author_id) then
    perform internal.fail('PV409', 'The assistant is still answering; wait for it or stop it first.');
  end if;
  select * into v_question from palaver.messages where id = v_old.parent_id;
  v_answer := internal.answer_request(v_question, v_old.author_id, p_actor);
  return internal.message_json(v_answer);
end $$;
