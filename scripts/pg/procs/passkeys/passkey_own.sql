create function internal.passkey_json(p palaver.passkeys) returns jsonb language sql stable as $$
  select jsonb_build_object('id', p.id, 'name', p.name, 'created_at', p.created_at, 'last_used_at', p.last_used_at,
                            'credential_id', encode(p.credential_id, 'hex'))
$$;

create function api.passkey_list(p_actor uuid) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.passkey_json(p) order by p.created_at, p.id), '[]')
  from palaver.passkeys p where p.user_id = p_actor
$$;

-- A new passkey of the actor; the browser has just verified who holds it, which is a second factor for this session.
create function api.passkey_add(
  p_actor uuid, p_session uuid, p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_name text
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_passkey palaver.passkeys;
begin
  perform 1 from palaver.users where id = p_actor and disabled_at is null for no key update;
  if not found or not internal.challenge_use(p_challenge) then
    perform internal.fail('PV409', 'This was answered before; begin again.');
  elsif (select count(*) from palaver.passkeys where user_id = p_actor) >= 20 then
    perform internal.fail('PV409', 'You have 20 passkeys; remove one first.');
  elsif exists (select from palaver.passkeys where credential_id = p_credential) then
    perform internal.fail('PV409', 'This passkey is known already.');
  end if;
  insert into palaver.passkeys (user_id, credential_id, public_key, sign_count, name)
  values (p_actor, p_credential, p_key, p_count, p_name) returning * into v_passkey;
  perform internal.second_factor_shown(p_session, 'passkey');
  perform internal.audit(p_actor, 'passkey.added', 'passkey', v_passkey.id::text, p_name);
  return internal.passkey_json(v_passkey);
end $$;

create function api.passkey_rename(p_actor uuid, p_passkey uuid, p_name text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_passkey palaver.passkeys;
begin
  update palaver.passkeys set name = p_name where id = p_passkey and user_id = p_actor returning * into v_passkey;
  if not found then
    perform internal.fail('PV404', 'There is no such passkey.');
  end if;
  perform internal.audit(p_actor, 'passkey.renamed', 'passkey', p_passkey::text, p_name);
  return internal.passkey_json(v_passkey);
end $$;

create function api.passkey_remove(p_actor uuid, p_passkey uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_name text;
begin
  delete from palaver.passkeys where id = p_passkey and user_id = p_actor returning name into v_name;
  if not found then
    perform internal.fail('PV404', 'There is no such passkey.');
  end if;
  perform internal.audit(p_actor, 'passkey.removed', 'passkey', p_passkey::text, v_name);
end $$;
