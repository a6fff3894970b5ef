-- The member row of the actor, or 404: who is not a member cannot tell a conversation from one that does not exist.
create function internal.require_member(p_actor uuid, p_conversation uuid) returns palaver.members
language plpgsql stable as $$
declare
  v_member palaver.members;
begin
  select m.* into v_member from palaver.members m join palaver.users u on u.id = m.user_id
  where m.conversation_id = p_conversation and m.user_id = p_actor and m.left_at is null and u.disabled_at is null;
  if not found then
    perform internal.fail('PV404', 'There is no such conversation, or you are not a member of it.');
  end if;
  return v_member;
end $$;

-- As above, and the actor may change something there. Who only reads on this server writes nowhere, whatever a
-- conversation says.
create function internal.require_writer(p_actor uuid, p_conversation uuid) returns palaver.members
language plpgsql stable as $$
declare
  v_member palaver.members := internal.require_member(p_actor, p_conversation);
begin
  if v_member.role = 'viewer' or (select role from palaver.users where id = p_actor) = 'read_only' then
    perform internal.fail('PV403', 'You may read this conversation but not write in it.');
  end if;
  return v_member;
end $$;

-- As above, and the conversation takes new messages.
create function internal.require_poster(p_actor uuid, p_conversation uuid) returns palaver.members
language plpgsql stable as $$
declare
  v_member palaver.members := internal.require_writer(p_actor, p_conversation);
begin
  if (select archived_at from palaver.conversations where id = p_conversation) is not null then
    perform internal.fail('PV409', 'This conversation is archived; nobody can write in it.');
  end if;
  return v_member;
end $$;

-- A message the actor may read, or 404.
create function internal.require_message(p_actor uuid, p_message uuid) returns palaver.messages
language plpgsql stable as $$
declare
  v_message palaver.messages;
begin
  select m.* into v_message from palaver.messages m
  join palaver.members p on p.conversation_id = m.conversation_id and p.user_id = p_actor and p.left_at is null
  where m.id = p_message;
  if not found then
    perform internal.fail('PV404', 'There is no such message, or you may not see it.');
  end if;
  return v_message;
end $$;

-- The actor is an administrator of the server, or 403.
create function internal.require_admin(p_actor uuid) returns void language plpgsql stable as $$
begin
  if not exists (select from palaver.users where id = p_actor and role = 'admin' and disabled_at is null) then
    perform internal.fail('PV403', 'Only an administrator may do this.');
  end if;
end $$;

-- Who may run the server: an administrator, or (without an actor) the operator. Nobody at a page is nobody: no actor and the
-- name of the operator is what the command line says, and it alone.
create function internal.require_runner(p_actor uuid) returns void language plpgsql stable as $$
begin
  if p_actor is not null or coalesce(nullif(current_setting('palaver.context', true), ''), '{}')::jsonb ->> 'actor_name'
     is distinct from 'operator' then
    perform internal.require_admin(p_actor);
  end if;
end $$;
