-- Add somebody to a group. Adding a member with the role that he has changes nothing; another role is a change of its own.
create function api.member_add(p_actor uuid, p_conversation uuid, p_user uuid, p_role text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_member palaver.members;
begin
  perform internal.member_lock(p_conversation, p_user);
  v_member := internal.require_manager(p_actor, p_conversation, p_user);
  perform internal.require_unarchived(p_conversation);
  perform internal.require_may_grant(v_member.role, p_role);
  perform internal.require_addable(p_user, p_role);
  if internal.member_join(p_conversation, p_user, p_role) then
    v_member := internal.require_participant(p_conversation, p_user);
    perform internal.member_tell(v_member, 'added');
    perform internal.member_audit(p_actor, 'member.added', v_member, jsonb_build_object('role', p_role));
  end if;
  v_member := internal.require_participant(p_conversation, p_user);
  if v_member.role <> p_role then
    perform internal.fail('PV409', 'This person is in the conversation already; change the role instead.');
  end if;
  return internal.member_shown(v_member);
end $$;

create function internal.require_addable(p_user uuid, p_role text) returns void language plpgsql stable as $$
declare
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = p_user and disabled_at is null and not awaits_verification;
  if not found then
    perform internal.fail('PV422', 'There is nobody with this id, or the account is disabled.');
  elsif v_user.kind = 'assistant' and p_role <> 'member' then
    perform internal.fail('PV422', 'An assistant can only be a member.');
  end if;
end $$;

-- Another role for somebody who is in a group.
create function api.member_set_role(p_actor uuid, p_conversation uuid, p_user uuid, p_role text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_member palaver.members;
  v_own text;
  v_before text;
begin
  perform internal.member_lock(p_conversation, p_user);
  v_own := (internal.require_manager(p_actor, p_conversation)).role;
  v_member := internal.require_participant(p_conversation, p_user);
  v_before := v_member.role;
  perform internal.require_may_grant(v_own, v_before);
  perform internal.require_may_grant(v_own, p_role);
  if p_role <> v_before then
    perform internal.require_addable(p_user, p_role);
    perform internal.require_another_owner(v_member);
    update palaver.members set role = p_role where conversation_id = p_conversation and user_id = p_user
    returning * into v_member;
    perform internal.member_tell(v_member, 'role_updated');
    perform internal.member_audit(p_actor, 'member.role_changed', v_member,
                                  jsonb_build_object('from', v_before, 'to', p_role));
  end if;
  return internal.member_shown(v_member);
end $$;

-- Remove somebody from a group; to remove oneself is to leave.
create function api.member_remove(p_actor uuid, p_conversation uuid, p_user uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_member palaver.members;
  v_own text;
begin
  perform internal.member_lock(p_conversation, p_user);
  if p_user = p_actor then
    perform internal.member_leave(p_actor, p_conversation);
    return;
  end if;
  v_own := (internal.require_manager(p_actor, p_conversation, p_user)).role;
  v_member := internal.require_participant(p_conversation, p_user);
  perform internal.require_may_grant(v_own, v_member.role);
  perform internal.require_another_assistant(v_member);
  perform internal.member_part(p_actor, v_member);
  perform internal.conversation_steer(p_conversation, '{"assistant_id": null}')
  from palaver.conversations where id = p_conversation and assistant_id = p_user;
end $$;

-- A conversation with an assistant keeps one.
create function internal.require_another_assistant(m palaver.members) returns void language plpgsql stable as $$
begin
  if (select kind from palaver.conversations where id = m.conversation_id) = 'assistant' and not exists (
       select from palaver.members o join palaver.assistants a on a.user_id = o.user_id
       where o.conversation_id = m.conversation_id and o.left_at is null and o.user_id <> m.user_id) then
    perform internal.fail('PV409', 'This is the only assistant here; add another one first.');
  end if;
end $$;
