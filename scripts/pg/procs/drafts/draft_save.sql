-- Keep what is typed in a place that the actor may read: a thread (its root) or a conversation (a new thread). The
-- newest wins; an empty text deletes it; of more than 200 the oldest goes.
create function api.draft_save(p_actor uuid, p_place uuid, p_content text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_conversation uuid := internal.draft_conversation(p_actor, p_place);
  v_draft palaver.drafts;
begin
  if btrim(p_content, E' \t\r\n') = '' then
    delete from palaver.drafts where user_id = p_actor and place = p_place;
    return jsonb_build_object('place', p_place, 'conversation_id', v_conversation, 'content', '', 'updated_at', now());
  end if;
  insert into palaver.drafts as d (user_id, place, conversation_id, content)
  values (p_actor, p_place, v_conversation, p_content)
  on conflict (user_id, place) do update set content = excluded.content, updated_at = clock_timestamp()
  returning * into v_draft;
  delete from palaver.drafts where user_id = p_actor and place in (
    select place from palaver.drafts where user_id = p_actor order by updated_at desc, place desc offset 200);
  return internal.draft_json(v_draft);
end $$;

-- The conversation of a place, or 404.
create function internal.draft_conversation(p_actor uuid, p_place uuid) returns uuid language plpgsql stable as $$
declare
  v_message palaver.messages;
begin
  if exists (select from palaver.conversations where id = p_place) then
    return (internal.require_member(p_actor, p_place)).conversation_id;
  end if;
  v_message := internal.require_message(p_actor, p_place);
  if v_message.parent_id is not null then
    perform internal.fail('PV422', 'A draft belongs to a thread; name its root_id, or a conversation.');
  end if;
  return v_message.conversation_id;
end $$;

create function internal.draft_json(d palaver.drafts) returns jsonb language sql stable as $$
  select to_jsonb(d) - 'user_id'
$$;
