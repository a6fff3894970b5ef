-- Come in by an invitation. Two at once: the second waits for the conversation's topic and finds it accepted. Who is in
-- the conversation already just goes there, and the invitation stays for somebody else.
create function api.conversation_invite_accept(p_actor uuid, p_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_invite palaver.conversation_invites;
  v_conversation uuid;
begin
  select conversation_id into v_conversation from palaver.conversation_invites where token_hash = p_hash;
  if not found then
    perform internal.fail('PV404', 'There is no such invitation; check that the link is complete.');
  end if;
  perform internal.member_lock(v_conversation, p_actor);
  if not exists (select from palaver.members where conversation_id = v_conversation and user_id = p_actor
                 and left_at is null) then
    select * into v_invite from palaver.conversation_invites where token_hash = p_hash for update;
    perform internal.require_acceptable(v_invite, p_actor);
    perform internal.conversation_invite_use(v_invite, p_actor);
  end if;
  return api.conversation_get(p_actor, v_conversation);
end $$;

create function internal.require_acceptable(i palaver.conversation_invites, p_actor uuid) returns void
language plpgsql stable as $$
begin
  perform internal.fail('PV410', case internal.conversation_invite_state(i)
    when 'accepted' then 'This invitation was used already; ask for another.'
    when 'revoked' then 'This invitation was taken back; ask for another.'
    when 'expired' then 'This invitation has expired; ask for another.'
    else 'Who made this invitation may not invite any more; ask somebody else in the conversation.' end)
  where internal.conversation_invite_state(i) <> 'open';
  perform internal.require_unarchived(i.conversation_id);
  perform internal.fail('PV403', case internal.conversation_invite_fits(i, p_actor)
    when 'unverified' then 'This invitation is for your e-mail address; verify it in your settings first, then open the link again.'
    else 'This invitation is for another e-mail address; sign in with the account that has it.' end)
  where internal.conversation_invite_fits(i, p_actor) <> 'yes';
end $$;

create function internal.conversation_invite_use(i palaver.conversation_invites, p_actor uuid) returns void
language plpgsql as $$
begin
  perform internal.member_join(i.conversation_id, p_actor, i.role);
  update palaver.conversation_invites set accepted_at = now(), accepted_by = p_actor where id = i.id;
  perform internal.member_tell(internal.require_participant(i.conversation_id, p_actor), 'added');
  perform internal.conversation_invite_audit(p_actor, 'conversation_invite.accepted', i);
end $$;
