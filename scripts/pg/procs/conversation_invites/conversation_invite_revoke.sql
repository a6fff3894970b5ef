-- Make an invitation useless, by its id or by its token: for its maker, and for whoever could have made it.
create function api.conversation_invite_revoke(p_actor uuid, p_invite uuid, p_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_invite palaver.conversation_invites;
  v_own text;
begin
  select * into v_invite from palaver.conversation_invites where id = p_invite or token_hash = p_hash for update;
  if not found or not exists (select from palaver.members where conversation_id = v_invite.conversation_id
                              and user_id = p_actor and left_at is null) then
    perform internal.fail('PV404', 'There is no such invitation to a conversation of yours.');
  end if;
  v_own := (internal.require_manager(p_actor, v_invite.conversation_id)).role;
  if v_invite.created_by <> p_actor then
    perform internal.require_may_grant(v_own, v_invite.role);
  end if;
  if internal.conversation_invite_state(v_invite) not in ('open', 'void') then
    perform internal.fail('PV410', 'This invitation was used, has expired or was revoked already.');
  end if;
  update palaver.conversation_invites set revoked_at = now() where id = v_invite.id returning * into v_invite;
  perform internal.conversation_invite_audit(p_actor, 'conversation_invite.revoked', v_invite);
  return internal.conversation_invite_json(v_invite);
end $$;
