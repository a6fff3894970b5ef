-- Edit and ask again: another version of a message of one's own, beside it, and answers to it. The version before stays as it
-- is, with all that was said below. Another version of the first message of a thread begins a thread.
create function api.message_branch(
  p_actor uuid, p_message uuid, p_content text, p_client_id uuid, p_mentions text[], p_mentions_all boolean,
  p_is_limited boolean, p_model uuid
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.message_lock(p_actor, p_message);
begin
  perform internal.require_poster(p_actor, v_message.conversation_id);
  if v_message.author_id <> p_actor or v_message.role <> 'user' then
    perform internal.fail('PV403', 'Only the author of a message can ask it again in other words; reply to it instead.');
  elsif v_message.deleted_at is not null then
    perform internal.fail('PV409', 'This message was deleted; restore it before you ask it again.');
  end if;
  return api.message_post(
    p_actor, v_message.conversation_id, v_message.parent_id, p_content, p_client_id, p_mentions, p_is_limited,
    p_mentions_all, array_remove(array[p_model], null), coalesce(v_message.version_of, v_message.id));
end $$;
