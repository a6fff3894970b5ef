-- What members are told. The hub subscribes and unsubscribes by the event on the person's own topic, so the order is
-- such that nobody's stream hears the same change twice: who comes hears of it there, and so does who goes.
create function internal.member_tell(m palaver.members, p_action text) returns void language plpgsql as $$
declare
  v_payload jsonb := jsonb_build_object(
    'conversation_id', m.conversation_id, 'user_id', m.user_id, 'role', m.role, 'action', p_action);
begin
  if p_action = 'removed' then
    perform internal.emit(m.user_id, 'membership.changed', v_payload);
  end if;
  perform internal.emit(m.conversation_id, 'membership.changed', v_payload);
  if p_action = 'added' then
    perform internal.emit(m.user_id, 'membership.changed', v_payload);
  end if;
end $$;

create function internal.member_audit(p_actor uuid, p_action text, m palaver.members, p_details jsonb) returns void
language sql as $$
  select internal.audit(p_actor, p_action, 'user', m.user_id::text, u.username,
                        p_details || jsonb_build_object('conversation', m.conversation_id))
  from palaver.users u where u.id = m.user_id
$$;

-- The end of a membership.
create function internal.member_part(p_actor uuid, m palaver.members) returns void language plpgsql as $$
begin
  update palaver.members set left_at = now() where conversation_id = m.conversation_id and user_id = m.user_id;
  perform internal.member_tell(m, 'removed');
  perform internal.member_audit(p_actor, 'member.removed', m, jsonb_build_object('role', m.role));
end $$;
