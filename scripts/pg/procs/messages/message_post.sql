-- Begin a thread (no parent) or reply. One call does everything: may they, insert, counters, events, and the answer
-- of every assistant that is addressed. A retry with the same client_id answers the first message, emits nothing and is
-- not charged to the profile `conversation.post`. `p_models`: who is asked uses this model, or these to be compared.
-- `p_version_of`: another version of this message, of whose branch the draft is not what was sent.
create function api.message_post(
  p_actor uuid, p_conversation uuid, p_parent uuid, p_content text, p_client_id uuid, p_mentions text[],
  p_is_limited boolean, p_mentions_all boolean, p_models uuid[] default '{}', p_version_of uuid default null
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_parent palaver.messages;
  v_message palaver.messages;
  v_member palaver.members;
  v_conversation uuid := p_conversation;
begin
  if p_parent is not null then
    v_parent := internal.require_message(p_actor, p_parent);
    v_conversation := v_parent.conversation_id;
  end if;
  -- First the lock: who is removed while he waits for it may not post any more, nor does anybody once it is archived.
  perform 1 from palaver.topics where id = v_conversation for update;
  v_member := internal.require_poster(p_actor, v_conversation);
  if btrim(p_content, E' \t\r\n') = '' then
    perform internal.fail('PV422', 'The message is empty; write something first.');
  end if;
  select * into v_message from palaver.messages where author_id = p_actor and client_id = p_client_id;
  if found then
    if v_message.conversation_id <> v_conversation then
      perform internal.fail('PV409', 'This client_id was used for a message in another conversation; use a new one.');
    end if;
    return internal.message_json(v_message);
  end if;
  perform internal.require_mention_all(v_member, p_mentions_all);
  if p_is_limited then
    perform internal.post_charge(p_actor, v_conversation);
  end if;
  v_message := internal.message_insert(v_conversation, v_parent, p_actor, 'user', p_content, 'complete', p_client_id,
                                       internal.mentioned(v_conversation, p_mentions), p_mentions_all,
                                       p_version_of => case when p_parent is null then p_version_of end);
  if v_message.seq > v_member.read_seq + 200 then
    perform internal.read_own(v_member, v_message.seq);
  end if;
  perform internal.answers_request(v_message, v_parent, p_actor, p_models);
  if p_version_of is null then
    delete from palaver.drafts where user_id = p_actor and place = coalesce(v_parent.root_id, v_conversation);
  end if;
  return internal.message_json(v_message);
end $$;

-- The members behind these user names.
create function internal.mentioned(p_conversation uuid, p_names text[]) returns uuid[] language sql stable as $$
  select coalesce(array_agg(u.id order by u.id), '{}') from palaver.users u
  join palaver.members m on m.user_id = u.id and m.conversation_id = p_conversation and m.left_at is null
  where lower(u.username) = any (p_names)
$$;

-- Everybody of a large conversation is called only by who runs it.
create function internal.require_mention_all(p_member palaver.members, p_mentions_all boolean) returns void
language plpgsql stable as $$
begin
  if p_mentions_all and p_member.role not in ('owner', 'admin') and (
       select count(*) from palaver.members where conversation_id = p_member.conversation_id and left_at is null) > 50 then
    perform internal.fail('PV403', 'Only an owner or admin can mention @all in a conversation of more than 50 people; '
                                   'mention those you mean by name.');
  end if;
end $$;

-- The assistants that are mentioned. When none is: those that always answer, those whose message was replied to and that
-- answer to it, and in a conversation with an assistant the one that it asks. One that never answers by itself is none of
-- them, and only what people say is a question: assistants do not make each other talk.
create function internal.addressed_assistants(m palaver.messages, parent palaver.messages) returns setof uuid
language plpgsql stable as $$
begin
  return query
    with there as (
      select u.id, u.created_at, a.answers, u.id = any (m.mentions) as is_mentioned
      from palaver.members p join palaver.users u on u.id = p.user_id join palaver.assistants a on a.user_id = u.id
      where p.conversation_id = m.conversation_id and p.left_at is null and u.disabled_at is null)
    select t.id from there t
    where t.answers <> 'never' and m.role = 'user' and case when exists (select from there where is_mentioned) then t.is_mentioned
      else t.answers = 'always' or (t.answers = 'replied' and parent.author_id = t.id)
           or t.id = internal.asked_assistant(m.conversation_id) end
    order by t.created_at, t.id;
  if found and parent.status = 'streaming' then
    perform internal.fail('PV409', 'The assistant is still answering that message; wait for it or stop it first.');
  end if;
end $$;

-- Whom a conversation with an assistant asks when nobody is mentioned: the chosen one, or else the oldest.
create function internal.asked_assistant(p_conversation uuid) returns uuid language sql stable as $$
  select u.id from palaver.conversations c
  join palaver.members p on p.conversation_id = c.id and p.left_at is null
  join palaver.users u on u.id = p.user_id and u.kind = 'assistant' and u.disabled_at is null
  join palaver.assistants a on a.user_id = u.id and a.answers <> 'never'
  where c.id = p_conversation and c.kind = 'assistant'
  order by u.id is distinct from c.assistant_id, u.created_at, u.id limit 1
$$;
