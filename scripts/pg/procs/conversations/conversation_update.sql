-- Another name, or into the archive and out of it; what is null stays. In the archive a conversation can be read and
-- nobody writes. `p_steering`: `assistant_id` (null: the oldest) and `instructions`, what is not in it stays.
create function api.conversation_update(
  p_actor uuid, p_conversation uuid, p_title text, p_archived boolean, p_steering jsonb default '{}'
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_role text;
begin
  perform 1 from palaver.topics where id = p_conversation for update;
  v_role := (internal.require_writer(p_actor, p_conversation)).role;
  if v_role not in ('owner', 'admin') or (p_archived is not null and v_role <> 'owner') then
    perform internal.fail('PV403', 'The name, the assistant and the instructions are changed by owners and admins of a '
                                   'conversation, the archive used by owners.');
  elsif p_steering <> '{}' and (select kind from palaver.conversations where id = p_conversation) = 'direct' then
    perform internal.fail('PV409', 'There is no assistant in a direct conversation; begin a group to have one.');
  elsif (select kind from palaver.conversations where id = p_conversation) = 'direct' then
    perform internal.fail('PV409', 'A direct conversation has no name of its own and no archive; leave it to take it out of your list.');
  end if;
  perform internal.conversation_rename(p_conversation, p_title);
  perform internal.conversation_steer(p_conversation, p_steering);
  perform internal.conversation_archive(p_actor, p_conversation, p_archived);
  return (select internal.conversation_json(c, p_actor) from palaver.conversations c where id = p_conversation);
end $$;

create function internal.conversation_rename(p_conversation uuid, p_title text) returns void language plpgsql as $$
declare
  v_conversation palaver.conversations;
begin
  update palaver.conversations set title = p_title, title_from = '{}' where id = p_conversation and title <> p_title
  returning * into v_conversation;
  if found then
    perform internal.conversation_tell(v_conversation);
  end if;
end $$;

-- Whom it asks, and what its assistants are told there.
create function internal.conversation_steer(p_conversation uuid, p_steering jsonb) returns void language plpgsql as $$
declare
  v_conversation palaver.conversations;
  v_assistant uuid := (p_steering ->> 'assistant_id')::uuid;
begin
  if v_assistant is not null then
    perform internal.require_assistant(p_conversation, v_assistant);
  end if;
  update palaver.conversations
  set assistant_id = case when p_steering ? 'assistant_id' then v_assistant else assistant_id end,
      instructions = coalesce(p_steering ->> 'instructions', instructions)
  where id = p_conversation and (
    (p_steering ? 'assistant_id' and assistant_id is distinct from v_assistant)
    or instructions <> coalesce(p_steering ->> 'instructions', instructions))
  returning * into v_conversation;
  if found then
    perform internal.conversation_tell(v_conversation);
  end if;
end $$;

create function internal.conversation_archive(p_actor uuid, p_conversation uuid, p_archived boolean) returns void
language plpgsql as $$
declare
  v_conversation palaver.conversations;
begin
  update palaver.conversations set archived_at = case when p_archived then now() end
  where id = p_conversation and (archived_at is not null) <> p_archived returning * into v_conversation;
  if found then
    perform internal.conversation_tell(v_conversation);
    perform internal.audit(p_actor, case when p_archived then 'conversation.archived' else 'conversation.unarchived' end,
                           'conversation', p_conversation::text);
  end if;
end $$;

create function internal.conversation_tell(c palaver.conversations) returns void language sql as $$
  select internal.emit(c.id, 'conversation.updated', jsonb_build_object('conversation', internal.conversation_card(c)))
$$;

-- A conversation as everybody in it sees it the same.
create function internal.conversation_card(c palaver.conversations) returns jsonb language sql stable as $$
  select jsonb_build_object('id', c.id, 'kind', c.kind, 'title', c.title, 'created_by', c.created_by,
                            'created_at', c.created_at, 'archived_at', c.archived_at,
                            'assistant_id', c.assistant_id, 'instructions', c.instructions)
$$;
