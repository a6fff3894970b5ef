-- Ask several models the same question at once, side by side.
create function api.message_compare(p_actor uuid, p_message uuid, p_models uuid[], p_assistant uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_question palaver.messages := internal.message_lock(p_actor, p_message);
  v_assistant uuid := coalesce(p_assistant, internal.assistant_for(v_question));
begin
  perform internal.require_poster(p_actor, v_question.conversation_id);
  if v_question.role <> 'user' then
    perform internal.fail('PV422', 'Only a question of a person can be put to several models; ask for the answer again instead.');
  elsif v_question.deleted_at is not null then
    perform internal.fail('PV409', 'This message was deleted; restore it before you ask it again.');
  end if;
  perform internal.require_silence(p_message, v_assistant);
  return internal.comparison_begin(v_question, v_assistant, p_actor, p_models);
end $$;

-- What a new question makes assistants do. A model that was chosen is asked even where nobody is addressed: as the assistant
-- of the conversation.
create function internal.answers_request(
  p_question palaver.messages, p_parent palaver.messages, p_actor uuid, p_models uuid[]
) returns void language plpgsql as $$
declare
  v_addressed uuid[] := array(select internal.addressed_assistants(p_question, p_parent));
begin
  if p_models <> '{}' and p_parent.status = 'streaming' then
    perform internal.fail('PV409', 'The assistant is still answering that message; wait for it or stop it first.');
  elsif cardinality(p_models) > 1 then
    perform internal.comparison_begin(p_question, coalesce(v_addressed[1], internal.assistant_for(p_question)), p_actor, p_models);
    return;
  elsif cardinality(p_models) = 1 then
    perform internal.require_askable(p_models[1]);
    if v_addressed = '{}' then
      v_addressed := array[internal.assistant_for(p_question)];
      perform internal.require_assistant(p_question.conversation_id, v_addressed[1]);
    end if;
  end if;
  if cardinality(v_addressed) > 1 then
    perform internal.budgets_lock(p_actor, array(select (internal.model_for(a, p_models[1])).id from unnest(v_addressed) as a));
  end if;
  perform internal.answer_request(p_question, a, p_actor, p_models[1]) from unnest(v_addressed) as a;
end $$;

-- Who answers when somebody wants an answer in any case: the first that is mentioned, the one of the conversation, the oldest
-- in it; one that answers by itself before one that never does.
create function internal.assistant_for(m palaver.messages) returns uuid language sql stable as $$
  select u.id from palaver.conversations c
  join palaver.members p on p.conversation_id = c.id and p.left_at is null
  join palaver.users u on u.id = p.user_id and u.disabled_at is null
  join palaver.assistants a on a.user_id = u.id
  where c.id = m.conversation_id
  order by u.id <> all (m.mentions), u.id is distinct from c.assistant_id, a.answers = 'never', u.created_at, u.id limit 1
$$;

create function internal.comparison_begin(
  p_question palaver.messages, p_assistant uuid, p_actor uuid, p_models uuid[]
) returns jsonb language plpgsql as $$
declare
  v_id uuid;
  v_answers uuid[] := '{}';
  v_model uuid;
begin
  if p_assistant is null then
    perform internal.fail('PV422', 'There is no assistant in this conversation that could answer; add one first.');
  elsif coalesce(cardinality(p_models), 0) not between 2 and 4 or array_position(p_models, null) is not null then
    perform internal.fail('PV422', 'Choose two to four models to compare.');
  end if;
  perform internal.require_assistant(p_question.conversation_id, p_assistant);
  perform internal.require_askable(m) from unnest(p_models) as m;
  perform internal.budgets_lock(p_actor, p_models);
  insert into palaver.comparisons (question_id, requested_by) values (p_question.id, p_actor) returning id into v_id;
  foreach v_model in array p_models loop
    v_answers := v_answers || (internal.answer_request(p_question, p_assistant, p_actor, v_model, v_id)).id;
  end loop;
  update palaver.comparisons set answer_ids = v_answers where id = v_id;
  return jsonb_build_object('comparison_id', v_id, 'conversation_id', p_question.conversation_id,
    'root_id', p_question.root_id, 'question_id', p_question.id,
    'items', internal.messages_json(array(select m from palaver.messages m where m.id = any (v_answers))));
end $$;
