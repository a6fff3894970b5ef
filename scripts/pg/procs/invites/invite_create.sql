-- An invitation to register, by an administrator. With an address it is good for that address alone.
create function api.invite_create(p_actor uuid, p_hash bytea, p_email text, p_role text, p_ttl integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.invite_create(p_actor, p_hash, p_email, p_role, p_ttl);
end $$;

-- The same from the command line, where the operator has every right.
create function api.invite_issue(p_hash bytea, p_email text, p_role text, p_ttl integer) returns jsonb
language sql security definer set search_path = pg_temp as $$
  select internal.invite_create(null, p_hash, p_email, p_role, p_ttl)
$$;

create function internal.invite_create(p_actor uuid, p_hash bytea, p_email text, p_role text, p_ttl integer) returns jsonb
language plpgsql as $$
declare
  v_token palaver.one_time_tokens;
begin
  if exists (select from palaver.users where lower(email) = lower(p_email)) then
    perform internal.fail('PV409', 'That e-mail address belongs to an account already.');
  end if;
  update palaver.one_time_tokens set revoked_at = now()
  where purpose = 'registration' and lower(email) = lower(p_email) and used_at is null and revoked_at is null;
  v_token := internal.token_make(p_hash, 'registration', null, p_email, p_ttl, p_role, p_actor);
  perform internal.audit(p_actor, 'invite.created', 'invite', v_token.id::text, p_email, jsonb_build_object('role', p_role));
  return internal.invite_json(v_token);
end $$;

create function internal.invite_json(t palaver.one_time_tokens) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', t.id, 'email', t.email, 'role', t.role, 'created_at', t.created_at, 'expires_at', t.expires_at,
    'created_by', (select internal.user_card(u) from palaver.users u where u.id = t.created_by),
    'accepted_by', (select internal.user_card(u) from palaver.users u where u.id = t.user_id),
    'state', case when t.used_at is not null then 'accepted' when t.revoked_at is not null then 'revoked'
                  when t.expires_at <= now() then 'expired' else 'open' end)
$$;
