-- What has become of an invitation; `void`: its maker may not invite any more, or not with this role. Or somebody whose
-- rights were taken away could bring people in by an invitation that he had put aside.
create function internal.conversation_invite_state(i palaver.conversation_invites) returns text
language sql stable as $$
  select case
    when i.accepted_at is not null then 'accepted'
    when i.revoked_at is not null then 'revoked'
    when i.expires_at <= now() then 'expired'
    when not exists (
      select from palaver.members m join palaver.users u on u.id = m.user_id
      where m.conversation_id = i.conversation_id and m.user_id = i.created_by and m.left_at is null
        and u.disabled_at is null and u.role <> 'read_only' and internal.may_grant(m.role, i.role)) then 'void'
    else 'open' end
$$;

-- Whose it is: `yes`, `unverified` (the address is his, and he has yet to show it), `other`.
create function internal.conversation_invite_fits(i palaver.conversation_invites, p_user uuid) returns text
language sql stable as $$
  select case
    when i.email is null or (lower(u.email) = lower(i.email) and u.email_verified_at is not null) then 'yes'
    when lower(i.email) in (lower(u.email), lower(u.pending_email)) then 'unverified'
    else 'other' end
  from palaver.users u where u.id = p_user
$$;

create function internal.conversation_invite_json(i palaver.conversation_invites) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', i.id, 'conversation_id', i.conversation_id, 'email', i.email, 'role', i.role, 'created_at', i.created_at,
    'expires_at', i.expires_at, 'state', internal.conversation_invite_state(i),
    'created_by', (select internal.user_card(u) from palaver.users u where u.id = i.created_by),
    'accepted_by', (select internal.user_card(u) from palaver.users u where u.id = i.accepted_by))
$$;
