-- A new account for an identity whose address the provider has verified; answers the account's id. Who has no invitation
-- needs `p_may`. The user name is made unique. An account that has this address already is never taken over: its owner
-- signs in to it and links.
create function api.identity_register(
  p_provider text, p_issuer text, p_subject text, p_email text, p_name text, p_username text, p_display_name text,
  p_may boolean, p_invite_hash bytea
) returns uuid language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user uuid;
  v_invite palaver.one_time_tokens;
  v_name text := p_username;
  v_try integer := 1;
begin
  -- Two callbacks at once: the second waits here and finds the account of the first.
  perform pg_advisory_xact_lock(hashtextextended('identity_register', 0));
  select user_id into v_user from palaver.identities
  where provider = p_provider and issuer = p_issuer and subject = p_subject;
  if found then
    return v_user;
  elsif exists (select from palaver.users where lower(email) = lower(p_email)) then
    perform internal.fail('PV409', 'There is an account with your e-mail address already. Sign in to it, and link the '
                                   'two under Settings, Connected accounts.');
  elsif not api.setup_done() then
    perform internal.fail('PV403', 'Palaver is not set up yet; its first account is made with a password.');
  elsif p_invite_hash is not null then
    v_invite := internal.token_use(p_invite_hash, 'registration');
    if lower(v_invite.email) <> lower(p_email) then
      perform internal.fail('PV422', 'This invitation is for another e-mail address; use the one that it was sent to.');
    end if;
  elsif not p_may then
    perform internal.fail('PV403', 'You have no account here yet; ask an administrator for one, or for an invitation.');
  end if;
  while exists (select from palaver.users where lower(username) = lower(v_name)) loop
    v_try := v_try + 1;
    v_name := left(p_username, 32 - length(v_try::text)) || v_try;
  end loop;
  v_user := internal.user_create(v_name, p_email, p_display_name, null, coalesce(v_invite.role, 'member')) ->> 'id';
  update palaver.users set email_verified_at = now() where id = v_user;
  perform internal.identity_add(v_user, p_provider, p_issuer, p_subject, p_email, p_name);
  if v_invite.id is not null then
    update palaver.one_time_tokens set user_id = v_user where id = v_invite.id;
    perform internal.audit(v_user, 'invite.accepted', 'invite', v_invite.id::text, v_invite.email,
                           jsonb_build_object('role', v_invite.role, 'created_by', v_invite.created_by));
  end if;
  return v_user;
end $$;

create function internal.identity_add(
  p_user uuid, p_provider text, p_issuer text, p_subject text, p_email text, p_name text
) returns void language plpgsql as $$
begin
  insert into palaver.identities (provider, issuer, subject, user_id, email, name)
  values (p_provider, p_issuer, p_subject, p_user, p_email, p_name);
  perform internal.audit(p_user, 'identity.linked', 'user', p_user::text,
                         (select username from palaver.users where id = p_user),
                         jsonb_build_object('provider', p_provider, 'subject', p_subject));
end $$;
