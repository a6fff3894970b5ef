-- What is stored encrypted, for a new key: a page of `{user_id, secret}` in the order of ids.
create function api.totp_sealed(p_after uuid, p_limit integer) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('user_id', id, 'secret', encode(totp_secret, 'hex')) order by id), '[]')
  from (select id, totp_secret from palaver.users
        where totp_secret is not null and (p_after is null or id > p_after) order by id limit p_limit) as sealed
$$;

-- The same secret, encrypted with another key; false when it was changed meanwhile.
create function api.totp_reseal(p_user uuid, p_old bytea, p_new bytea) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.users set totp_secret = p_new where id = p_user and totp_secret = p_old;
  return found;
end $$;
