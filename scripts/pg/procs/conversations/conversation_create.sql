-- A new conversation with its members. A conversation with the assistant gets the assistant; a direct one between two
-- people exists once, so asking again answers the first; so does a retry with the same client_id. `p_assistant` is in it, and
-- the one that it asks.
create function api.conversation_create(
  p_actor uuid, p_kind text, p_title text, p_members uuid[], p_client_id uuid, p_assistant uuid default null
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_conversation palaver.conversations;
  v_members uuid[];
  v_key text;
begin
  if (select role from palaver.users where id = p_actor and disabled_at is null) = 'read_only' then
    perform internal.fail('PV403', 'You may read but not write, so you cannot begin a conversation.');
  end if;
  -- Everybody who will hear of it, in one order for all, so that two such transactions cannot wait for each other; and
  -- of two retries at once the second waits here.
  perform 1 from palaver.topics where id = any (p_members || p_actor || p_assistant
    || array(select u.id from palaver.users u where u.kind = 'assistant' and p_kind = 'assistant')) order by id for update;
  select * into v_conversation from palaver.conversations where created_by = p_actor and client_id = p_client_id;
  if found then
    return internal.conversation_json(v_conversation, p_actor);
  end if;
  v_members := internal.conversation_members(p_actor, p_kind, p_members, p_assistant);
  if p_kind = 'direct' then
    select string_agg(id::text, ' ' order by id) into v_key from unnest(v_members) as id;
  end if;
  insert into palaver.conversations (kind, title, direct_key, created_by, client_id, assistant_id)
  values (p_kind, coalesce(nullif(btrim(p_title), ''), initcap(p_kind)), v_key, p_actor, p_client_id, p_assistant)
  on conflict (direct_key) do nothing returning * into v_conversation;
  if not found then
    select * into v_conversation from palaver.conversations where direct_key = v_key;
    update palaver.members set hidden_seq = null
    where conversation_id = v_conversation.id and user_id = p_actor and hidden_seq is not null;
    return internal.conversation_json(v_conversation, p_actor);
  end if;
  insert into palaver.topics (id) values (v_conversation.id);
  perform internal.member_join(
    v_conversation.id, id, case when id = p_actor or p_kind = 'direct' then 'owner' else 'member' end)
  from unnest(v_members) as id;
  perform internal.emit(id, 'membership.changed', jsonb_build_object(
    'conversation_id', v_conversation.id, 'user_id', id, 'action', 'added',
    'role', (select role from palaver.members m where m.conversation_id = v_conversation.id and m.user_id = id)))
  from (select id from unnest(v_members) as id order by id) as added;
  return internal.conversation_json(v_conversation, p_actor);
end $$;

-- Who will be in it: the actor first, then the others once each; refused when the kind does not allow them.
create function internal.conversation_members(
  p_actor uuid, p_kind text, p_members uuid[], p_assistant uuid default null
) returns uuid[] language plpgsql stable as $$
declare
  v_others uuid[];
begin
  select coalesce(array_agg(u.id), '{}') into v_others from palaver.users u
  where u.id = any (p_members || p_assistant) and u.id <> p_actor and u.disabled_at is null;
  if p_assistant is not null and not exists (
       select from palaver.users where id = p_assistant and kind = 'assistant' and disabled_at is null) then
    perform internal.fail('PV422', 'There is no such assistant, or it is switched off; choose another one.');
  elsif cardinality(v_others) < (select count(distinct id) from unnest(p_members || p_assistant) as id where id <> p_actor) then
    perform internal.fail('PV422', 'Somebody in the list of members does not exist or is disabled.');
  elsif p_kind = 'direct' and (cardinality(v_others) <> 1
      or (select kind from palaver.users where id = v_others[1]) <> 'human') then
    perform internal.fail('PV422', 'A direct conversation is with exactly one other person.');
  elsif p_kind = 'assistant' then
    if exists (select from palaver.users where id = any (v_others) and kind = 'human') then
      perform internal.fail('PV422', 'A conversation with the assistant begins with you alone; make a group instead.');
    elsif v_others = '{}' then
      select coalesce(array_agg(id), '{}') into v_others from (
        select u.id from palaver.users u join palaver.assistants a on a.user_id = u.id
        where u.kind = 'assistant' and u.disabled_at is null
        order by a.answers = 'never', u.created_at, u.id limit 1) as a;
    end if;
  end if;
  return p_actor || v_others;
end $$;
