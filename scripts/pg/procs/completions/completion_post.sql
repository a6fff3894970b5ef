-- A request to /v1 that named a place: its question is posted there, as `message_post` does it, and one answer is waited for.
-- With `p_model` whoever is addressed answers, with this model, and somebody in any case; with `p_assistant` this one is
-- mentioned. Answers `{message, answer}`.
create function api.completion_post(
  p_actor uuid, p_conversation uuid, p_parent uuid, p_content text, p_client_id uuid, p_mentions text[],
  p_is_limited boolean, p_mentions_all boolean, p_model uuid, p_assistant uuid
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_names text[] := p_mentions || array(select lower(username) from palaver.users where id = p_assistant);
  v_posted jsonb;
  v_answer palaver.messages;
begin
  if p_parent is not null then
    if p_conversation <> (internal.require_message(p_actor, p_parent)).conversation_id then
      perform internal.fail('PV404', 'The message that this is a reply to is in another conversation.');
    end if;
  end if;
  v_posted := api.message_post(p_actor, p_conversation, p_parent, p_content, p_client_id, v_names, p_is_limited,
                               p_mentions_all, case when p_assistant is null then array[p_model] else '{}' end);
  select m.* into v_answer from palaver.messages m
  where m.parent_id = (v_posted ->> 'id')::uuid and m.role = 'assistant' and m.deleted_at is null
    and (p_assistant is null or m.author_id = p_assistant) order by m.seq limit 1;
  if v_answer.id is null then
    perform internal.fail('PV409', 'Nobody answers there: the assistant is not in this conversation, or never answers.');
  end if;
  return jsonb_build_object('message', v_posted, 'answer', internal.message_json(v_answer));
end $$;
