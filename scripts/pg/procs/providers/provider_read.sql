-- Every server of models, for administrators; without an actor the operator asks. The key itself is never told.
create function api.provider_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_runner(p_actor);
  return (select coalesce(jsonb_agg(internal.provider_json(p) order by p.kind <> 'local', lower(p.name)), '[]')
          from palaver.providers p);
end $$;

create function api.provider_get(p_actor uuid, p_provider uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_provider palaver.providers;
begin
  perform internal.require_runner(p_actor);
  select * into v_provider from palaver.providers where id = p_provider;
  if not found then
    perform internal.fail('PV404', 'There is no such server of models.');
  end if;
  return internal.provider_json(v_provider);
end $$;

create function internal.provider_json(p palaver.providers) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', p.id, 'name', p.name, 'kind', p.kind, 'base_url', p.base_url, 'has_key', p.api_key is not null,
    'max_concurrent', p.max_concurrent, 'first_piece_seconds', p.first_piece_seconds,
    'answer_seconds', p.answer_seconds, 'created_at', p.created_at, 'updated_at', p.updated_at,
    'disabled_at', p.disabled_at, 'model_count', (select count(*) from palaver.models m where m.provider_id = p.id))
$$;

-- What is stored encrypted, for the processes of the server: a page of `{id, name, secret}` in the order of ids, or the one.
create function api.provider_sealed(p_after uuid, p_limit integer) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'secret', encode(api_key, 'hex')) order by id), '[]')
  from (select id, name, api_key from palaver.providers
        where api_key is not null and (p_after is null or id > p_after) order by id limit p_limit) as sealed
$$;

create function api.provider_secret(p_provider uuid) returns text
language sql stable security definer set search_path = pg_temp as $$
  select encode(api_key, 'hex') from palaver.providers where id = p_provider
$$;

-- The same key, encrypted with another one; false when it was changed meanwhile.
create function api.provider_reseal(p_provider uuid, p_old bytea, p_new bytea) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.providers set api_key = p_new where id = p_provider and api_key = p_old;
  return found;
end $$;
