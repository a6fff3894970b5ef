-- True once a person who can sign in exists; the one user of a server without accounts cannot.
create function api.setup_done() returns boolean language sql stable security definer set search_path = pg_temp as $$
  select exists (select from palaver.users where kind = 'human'
                 and id is distinct from (select local_user from palaver.server))
$$;

-- The first account, an administrator. Two at once: the second waits for the lock and then finds the first.
create function api.setup(p_username text, p_email text, p_password_hash text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user jsonb;
begin
  perform 1 from palaver.server for update;
  if api.setup_done() then
    perform internal.fail('PV409', 'Palaver is already set up; sign in instead.');
  end if;
  v_user := internal.user_create(p_username, p_email, null, p_password_hash, 'admin');
  perform internal.audit((v_user ->> 'id')::uuid, 'server.set_up', 'user', v_user ->> 'id', p_username);
  return v_user;
end $$;
