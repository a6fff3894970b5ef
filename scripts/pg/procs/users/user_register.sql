-- An account that somebody makes for himself: with an invitation, or freely. Which of them is allowed is decided before.
-- `p_verify_hash` is the token of a link to be sent, or null when no mails are sent. Who has no invitation then cannot
-- sign in before the link is opened, and until then the address is only noted: an address that belongs to another
-- account (`taken`) is answered in no other way than a free one, but the mail that is sent there is another.
create function api.user_register(
  p_username text, p_email text, p_password_hash text, p_invite_hash bytea, p_verify_hash bytea, p_verify_ttl integer
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_invite palaver.one_time_tokens;
  v_waits boolean := p_verify_hash is not null and p_invite_hash is null;
  v_taken boolean := false;
  v_unproven boolean;
  v_user jsonb;
  v_id uuid;
begin
  if not api.setup_done() then
    perform internal.fail('PV409', 'Palaver is not set up yet; the first account is made at /setup.');
  end if;
  if p_invite_hash is not null then
    v_invite := internal.token_use(p_invite_hash, 'registration');
    if lower(v_invite.email) <> lower(p_email) then
      perform internal.fail('PV422', 'This invitation is for another e-mail address; use the one that it was sent to.');
    end if;
  end if;
  -- An address counts at once only where nobody can be asked, or where the invitation was sent to it.
  v_unproven := p_verify_hash is not null and lower(v_invite.email) is distinct from lower(p_email);
  v_user := internal.user_create(p_username, case when not v_unproven then p_email end, null, p_password_hash,
                                 coalesce(v_invite.role, 'member'));
  v_id := v_user ->> 'id';
  if v_unproven then
    v_taken := exists (select from palaver.users where lower(email) = lower(p_email));
    update palaver.users set pending_email = p_email, awaits_verification = v_waits where id = v_id;
  end if;
  if p_verify_hash is not null then
    perform internal.token_make(p_verify_hash, 'verify_email', v_id, p_email, p_verify_ttl);
  end if;
  if v_invite.id is not null then
    update palaver.one_time_tokens set user_id = v_id where id = v_invite.id;
    perform internal.audit(v_id, 'invite.accepted', 'invite', v_invite.id::text, v_invite.email,
                           jsonb_build_object('role', v_invite.role, 'created_by', v_invite.created_by));
  end if;
  return jsonb_build_object('user', (select internal.user_json(u) from palaver.users u where id = v_id),
                            'waits', v_waits, 'taken', v_taken);
end $$;
