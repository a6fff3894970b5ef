-- The actor has proven to own this account elsewhere, and may sign in with it from now on.
create function api.identity_link(
  p_actor uuid, p_provider text, p_issuer text, p_subject text, p_email text, p_name text
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_owner uuid;
begin
  perform 1 from palaver.users where id = p_actor and disabled_at is null for no key update;
  if not found then
    perform internal.fail('PV403', 'This account is disabled; ask an administrator.');
  end if;
  select user_id into v_owner from palaver.identities
  where provider = p_provider and issuer = p_issuer and subject = p_subject;
  if v_owner = p_actor then
    return api.identity_list(p_actor);
  elsif found then
    perform internal.fail('PV409', 'This account is linked to somebody else here; it has to be unlinked there first.');
  end if;
  -- What another issuer once said cannot be used any more.
  delete from palaver.identities where user_id = p_actor and provider = p_provider and issuer <> p_issuer;
  if exists (select from palaver.identities where user_id = p_actor and provider = p_provider) then
    perform internal.fail('PV409', 'You have linked another account of this provider; unlink that one first.');
  end if;
  perform internal.identity_add(p_actor, p_provider, p_issuer, p_subject, p_email, p_name);
  return api.identity_list(p_actor);
end $$;

-- What the actor has linked.
create function api.identity_list(p_actor uuid) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'provider', provider, 'name', name, 'email', email, 'created_at', created_at, 'last_used_at', last_used_at)
    order by created_at), '[]')
  from palaver.identities where user_id = p_actor
$$;
