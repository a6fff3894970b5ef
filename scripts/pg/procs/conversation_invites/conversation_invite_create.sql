-- An invitation to a group. It can be accepted once, in time, by who has the address (if one is given), for as long as its
-- maker may give that role.
create function api.conversation_invite_create(
  p_actor uuid, p_conversation uuid, p_hash bytea, p_email text, p_role text, p_ttl integer
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_member palaver.members := internal.require_manager(p_actor, p_conversation);
  v_invite palaver.conversation_invites;
begin
  perform internal.require_unarchived(p_conversation);
  perform internal.require_may_grant(v_member.role, p_role);
  perform internal.require_few_invites(p_actor, p_conversation, p_email);
  update palaver.conversation_invites set revoked_at = now()
  where conversation_id = p_conversation and lower(email) = lower(p_email) and accepted_at is null and revoked_at is null;
  insert into palaver.conversation_invites (conversation_id, token_hash, email, role, created_by, expires_at)
  values (p_conversation, p_hash, p_email, p_role, p_actor, now() + p_ttl * interval '1 second') returning * into v_invite;
  perform internal.conversation_invite_audit(p_actor, 'conversation_invite.created', v_invite);
  return internal.conversation_invite_json(v_invite);
end $$;

-- So that nobody fills other people's mailboxes, or the list.
create function internal.require_few_invites(p_actor uuid, p_conversation uuid, p_email text) returns void
language plpgsql stable as $$
begin
  if p_email is not null and (select count(*) from palaver.conversation_invites
      where created_by = p_actor and email is not null and created_at > now() - interval '1 hour') >= 30 then
    perform internal.fail('PV409', 'You sent many invitations within the last hour; wait an hour, or add people by their name.');
  elsif (select count(*) from palaver.conversation_invites where conversation_id = p_conversation
         and accepted_at is null and revoked_at is null and expires_at > now()) >= 200 then
    perform internal.fail('PV409', 'There are many open invitations to this conversation already; revoke some first.');
  end if;
end $$;

create function internal.conversation_invite_audit(p_actor uuid, p_action text, i palaver.conversation_invites) returns void
language sql as $$
  select internal.audit(p_actor, p_action, 'conversation_invite', i.id::text, i.email,
                        jsonb_build_object('role', i.role, 'conversation', i.conversation_id))
$$;
