-- Other recovery codes instead of those there are; used ones go with them.
create function internal.recovery_replace(p_user uuid, p_codes bytea[]) returns void language plpgsql as $$
begin
  delete from palaver.recovery_codes where user_id = p_user;
  insert into palaver.recovery_codes (user_id, code_hash) select p_user, code from unnest(p_codes) as code;
end $$;

create function api.recovery_replace(p_actor uuid, p_codes bytea[]) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform 1 from palaver.users where id = p_actor and totp_confirmed_at is not null for no key update;
  if not found then
    perform internal.fail('PV409', 'Recovery codes belong to an authenticator app; set one up first.');
  end if;
  perform internal.recovery_replace(p_actor, p_codes);
  perform internal.audit(p_actor, 'recovery_codes.replaced', 'user', p_actor::text);
end $$;

-- A recovery code instead of the authenticator app: it works once. False when there is no such unused one.
create function api.recovery_pass(p_actor uuid, p_session uuid, p_code bytea) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.recovery_codes set used_at = now() where user_id = p_actor and code_hash = p_code and used_at is null;
  if not found then
    return false;
  end if;
  update palaver.users set totp_refused = 0 where id = p_actor;
  perform internal.second_factor_passed(p_actor, p_session, 'recovery_code');
  return true;
end $$;
