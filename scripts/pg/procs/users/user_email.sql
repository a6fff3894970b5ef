-- Another address for the actor. With a token (mails are sent) it is noted until the link sent there is opened; without
-- one it counts at once. Whether it belongs to another account (`taken`) is for who sends the mail, not for the actor.
create function api.email_change(p_actor uuid, p_email text, p_hash bytea, p_ttl integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
  v_taken boolean := exists (select from palaver.users where lower(email) = lower(p_email) and id <> p_actor);
  v_before text;
begin
  select * into v_user from palaver.users where id = p_actor and disabled_at is null for no key update;
  v_before := v_user.email;
  if p_hash is not null then
    return internal.email_ask(v_user, p_email, p_hash, p_ttl) || jsonb_build_object('before', v_before);
  elsif v_taken then
    perform internal.fail('PV409', 'That e-mail address belongs to another account.');
  end if;
  update palaver.users set email = p_email, pending_email = null, updated_at = now(),
    email_verified_at = case when lower(email) = lower(p_email) then email_verified_at end
  where id = p_actor returning * into v_user;
  perform internal.token_revoke_of(p_actor, 'reset_password');
  perform internal.audit(p_actor, 'email.changed', 'user', p_actor::text, v_user.username);
  return jsonb_build_object('user', internal.user_json(v_user), 'email', p_email, 'taken', false, 'before', v_before);
end $$;

-- The link once more, for the address that is to be verified.
create function api.email_ask(p_actor uuid, p_hash bytea, p_ttl integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = p_actor and disabled_at is null for no key update;
  if v_user.pending_email is null and (v_user.email is null or v_user.email_verified_at is not null) then
    perform internal.fail('PV409', 'There is no address to verify.');
  end if;
  return internal.email_ask(v_user, coalesce(v_user.pending_email, v_user.email), p_hash, p_ttl);
end $$;

create function internal.email_ask(u palaver.users, p_email text, p_hash bytea, p_ttl integer) returns jsonb
language plpgsql as $$
declare
  v_user palaver.users;
begin
  if internal.token_is_enough(u.id, 'verify_email') then
    perform internal.fail('PV409', 'Several links were sent within the last minutes; wait ten minutes and ask again.');
  end if;
  perform internal.token_make(p_hash, 'verify_email', u.id, p_email, p_ttl);
  update palaver.users set pending_email = case when lower(email) = lower(p_email) then null else p_email end
  where id = u.id returning * into v_user;
  perform internal.audit(u.id, 'email.asked', 'user', u.id::text, u.username);
  return jsonb_build_object(
    'user', internal.user_json(v_user), 'email', p_email,
    'taken', exists (select from palaver.users where lower(email) = lower(p_email) and id <> u.id));
end $$;

-- The link was opened: the address is his.
create function api.email_verify(p_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_token palaver.one_time_tokens := internal.token_use(p_hash, 'verify_email');
  v_user palaver.users;
begin
  select * into v_user from palaver.users where id = v_token.user_id for no key update;
  if exists (select from palaver.users where lower(email) = lower(v_token.email) and id <> v_user.id) then
    perform internal.fail('PV409', 'That e-mail address belongs to another account.');
  end if;
  if lower(v_user.email) is distinct from lower(v_token.email) then
    perform internal.token_revoke_of(v_user.id, 'reset_password');
  end if;
  update palaver.users set email = v_token.email, email_verified_at = now(), pending_email = null,
    awaits_verification = false, updated_at = now()
  where id = v_user.id returning * into v_user;
  perform internal.audit(v_user.id, 'email.verified', 'user', v_user.id::text, v_user.username);
  return internal.user_json(v_user);
end $$;
