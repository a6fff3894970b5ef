-- Ask again: a new answer beside the old one, under the same question; of another model, or of another assistant.
create function api.message_regenerate(p_actor uuid, p_message uuid, p_model uuid, p_assistant uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_old palaver.messages := internal.message_lock(p_actor, p_message);
  v_question palaver.messages;
  v_answer palaver.messages;
  v_assistant uuid := coalesce(p_assistant, v_old.author_id);
begin
  perform internal.require_poster(p_actor, v_old.conversation_id);
  if v_old.role <> 'assistant' then
    perform internal.fail('PV422', 'Only an answer of the assistant can be asked for again.');
  end if;
  perform internal.require_askable(p_model);
  perform internal.require_assistant(v_old.conversation_id, v_assistant);
  perform internal.require_silence(v_old.parent_id, v_assistant);
  select * into v_question from palaver.messages where id = v_old.parent_id;
  v_answer := internal.answer_request(v_question, v_assistant, p_actor, p_model);
  return internal.message_json(v_answer);
end $$;

-- A model that can be asked, or none was named.
create function internal.require_askable(p_model uuid) returns void language plpgsql stable as $$
begin
  if p_model is not null and not exists (select from palaver.models where id = p_model) then
    perform internal.fail('PV422', 'There is no such model; choose one of those that are listed.');
  elsif internal.model_still_there(p_model) is distinct from p_model then
    perform internal.fail('PV409', format('The model %s is switched off; choose another one.', internal.model_name(p_model)));
  end if;
end $$;

-- An assistant that is in the conversation and can answer.
create function internal.require_assistant(p_conversation uuid, p_assistant uuid) returns void language plpgsql stable as $$
declare
  v_user palaver.users;
begin
  select u.* into v_user from palaver.users u
  join palaver.members m on m.user_id = u.id and m.conversation_id = p_conversation and m.left_at is null
  where u.id = p_assistant and u.kind = 'assistant';
  if not found then
    perform internal.fail('PV422', 'This assistant is not in the conversation; add it first, or choose another one.');
  elsif v_user.disabled_at is not null then
    perform internal.fail('PV409', format('%s is switched off; choose another assistant.', v_user.display_name));
  end if;
end $$;

-- One assistant writes one answer to a question at a time; those that are compared are begun together.
create function internal.require_silence(p_question uuid, p_assistant uuid, p_comparison uuid default null) returns void
language plpgsql stable as $$
begin
  if exists (select from palaver.messages where parent_id = p_question and status = 'streaming'
             and author_id = p_assistant and (p_comparison is null or comparison_id is distinct from p_comparison)) then
    perform internal.fail('PV409', 'The assistant is still answering; wait for it or stop it first.');
  end if;
end $$;
