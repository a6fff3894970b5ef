-- Another text for a message of one's own. The text before it goes to the history; assistants do not answer anew. It is
-- heard by everybody as a post is, so it is charged as one.
create function api.message_edit(
  p_actor uuid, p_message uuid, p_content text, p_mentions text[], p_mentions_all boolean, p_is_limited boolean
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.message_lock(p_actor, p_message);
  v_member palaver.members := internal.require_poster(p_actor, v_message.conversation_id);
begin
  if v_message.author_id <> p_actor or v_message.role <> 'user' then
    perform internal.fail('PV403', 'Only the author of a message can edit it.');
  elsif btrim(p_content, E' \t\r\n') = '' then
    perform internal.fail('PV422', 'The message is empty; write something, or delete it.');
  elsif v_message.deleted_at is not null then
    perform internal.fail('PV409', 'This message was deleted; restore it before you edit it.');
  elsif v_message.content = p_content then
    return internal.message_json(v_message);
  end if;
  perform internal.require_mention_all(v_member, p_mentions_all and not v_message.mentions_all);
  if p_is_limited then
    perform internal.post_charge(p_actor, v_message.conversation_id);
  end if;
  insert into palaver.message_edits (message_id, n, content, written_at)
  values (p_message, coalesce((select max(n) from palaver.message_edits where message_id = p_message), 0) + 1,
          v_message.content, coalesce(v_message.edited_at, v_message.created_at));
  update palaver.messages
  set content = p_content, edited_at = now(), mentions_all = p_mentions_all,
      mentions = internal.mentioned(v_message.conversation_id, p_mentions)
  where id = p_message returning * into v_message;
  perform internal.emit(v_message.conversation_id, 'message.updated', internal.message_event(v_message));
  return internal.message_json(v_message);
end $$;

-- What is told of a message that has changed.
create function internal.message_event(m palaver.messages) returns jsonb language sql stable as $$
  select jsonb_build_object('conversation_id', m.conversation_id, 'root_id', m.root_id, 'message', internal.message_json(m))
$$;

-- The texts that a message had before the present one, the oldest first; none when it is deleted.
create function api.message_history(p_actor uuid, p_message uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.require_message(p_actor, p_message);
begin
  return coalesce((select jsonb_agg(to_jsonb(e) - 'message_id' order by e.n) from palaver.message_edits e
                   where e.message_id = p_message and v_message.deleted_at is null), '[]');
end $$;
