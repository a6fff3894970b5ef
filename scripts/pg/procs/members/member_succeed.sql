-- Before an account is disabled: its topic and those of the groups that it owns, in the order in which all lock them.
create function internal.owner_lock(p_user uuid) returns void language sql as $$
  select from palaver.topics where id = p_user or id in (
    select conversation_id from palaver.members where user_id = p_user and role = 'owner' and left_at is null)
  order by id for update
$$;

-- Groups whose last owner was disabled get another: the admin, else the member, who is there longest and may write.
create function internal.owner_succeed(p_actor uuid, p_user uuid) returns void language plpgsql as $$
declare
  v_heir palaver.members;
  v_before text;
begin
  for v_heir in
    select distinct on (m.conversation_id) m.*
    from palaver.members gone
    join palaver.conversations c on c.id = gone.conversation_id and c.kind = 'group'
    join palaver.members m on m.conversation_id = c.id and m.left_at is null and m.role in ('admin', 'member')
    join palaver.users u on u.id = m.user_id and u.kind = 'human' and u.disabled_at is null and u.role <> 'read_only'
    where gone.user_id = p_user and gone.left_at is null and internal.is_last_owner(gone)
    order by m.conversation_id, m.role, m.joined_at, m.user_id
  loop
    v_before := v_heir.role;
    update palaver.members set role = 'owner'
    where conversation_id = v_heir.conversation_id and user_id = v_heir.user_id returning * into v_heir;
    perform internal.member_tell(v_heir, 'role_updated');
    perform internal.member_audit(p_actor, 'member.role_changed', v_heir,
                                  jsonb_build_object('from', v_before, 'to', 'owner'));
  end loop;
end $$;
