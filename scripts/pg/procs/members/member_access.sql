-- Whoever changes who is in a conversation locks its topic and that of the person first, in one order for all; the rules
-- that are asked afterwards then see what is true until commit.
create function internal.member_lock(p_conversation uuid, p_user uuid) returns void language sql as $$
  select from palaver.topics where id in (p_conversation, p_user) order by id for update
$$;

-- The actor may say who is in this group, or 403; the other kinds have the same people for ever. `p_user` is about whom.
create function internal.require_manager(p_actor uuid, p_conversation uuid, p_user uuid default null)
returns palaver.members language plpgsql stable as $$
declare
  v_member palaver.members := internal.require_writer(p_actor, p_conversation);
begin
  if v_member.role not in ('owner', 'admin') then
    perform internal.fail('PV403', 'Only an owner or an admin of this conversation may do this; ask one of them.');
  end if;
  perform internal.require_open_to(p_conversation, p_user);
  return v_member;
end $$;

-- Assistants come and go in every conversation but a direct one, people only in groups.
create function internal.require_open_to(p_conversation uuid, p_user uuid) returns void language plpgsql stable as $$
begin
  if (select kind from palaver.users where id = p_user) is distinct from 'assistant'
     or (select kind from palaver.conversations where id = p_conversation) is distinct from 'assistant' then
    perform internal.require_group(p_conversation);
  end if;
end $$;

create function internal.require_group(p_conversation uuid) returns void language plpgsql stable as $$
begin
  if (select kind from palaver.conversations where id = p_conversation) <> 'group' then
    perform internal.fail('PV409', 'Who is in this conversation cannot be changed; begin a group with these people instead.');
  end if;
end $$;

create function internal.require_unarchived(p_conversation uuid) returns void language plpgsql stable as $$
begin
  if (select archived_at from palaver.conversations where id = p_conversation) is not null then
    perform internal.fail('PV409', 'This conversation is archived; take it out of the archive first.');
  end if;
end $$;

-- May who has `p_own` make somebody `p_role`, or touch somebody who is? Only owners deal with owners and admins.
create function internal.may_grant(p_own text, p_role text) returns boolean language sql immutable as $$
  select p_own = 'owner' or (p_own = 'admin' and p_role in ('member', 'viewer'))
$$;

create function internal.require_may_grant(p_own text, p_role text) returns void language plpgsql stable as $$
begin
  if not internal.may_grant(p_own, p_role) then
    perform internal.fail('PV403', 'Only an owner of this conversation decides who is an owner or an admin.');
  end if;
end $$;

-- Somebody who is in the conversation now, or 404.
create function internal.require_participant(p_conversation uuid, p_user uuid) returns palaver.members
language plpgsql stable as $$
declare
  v_member palaver.members;
begin
  select * into v_member from palaver.members
  where conversation_id = p_conversation and user_id = p_user and left_at is null;
  if not found then
    perform internal.fail('PV404', 'Nobody with this id is in the conversation.');
  end if;
  return v_member;
end $$;

-- A conversation has an owner who can act for as long as people are in it.
create function internal.require_another_owner(m palaver.members) returns void language plpgsql stable as $$
begin
  if internal.is_last_owner(m) then
    perform internal.fail('PV409', 'This is the last owner; make somebody else an owner first.');
  end if;
end $$;

create function internal.is_last_owner(m palaver.members) returns boolean language sql stable as $$
  select m.role = 'owner' and not exists (
    select from palaver.members o join palaver.users u on u.id = o.user_id
    where o.conversation_id = m.conversation_id and o.user_id <> m.user_id and o.left_at is null and o.role = 'owner'
      and u.disabled_at is null)
$$;
