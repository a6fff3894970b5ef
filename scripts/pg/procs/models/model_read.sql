-- Every model, the default one first, for administrators; without an actor the operator asks.
create function api.model_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_runner(p_actor);
  return (select coalesce(jsonb_agg(internal.model_json(m) order by not m.is_default, lower(m.name)), '[]') from palaver.models m);
end $$;

create function api.model_get(p_actor uuid, p_model uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_model palaver.models;
begin
  perform internal.require_runner(p_actor);
  select * into v_model from palaver.models where id = p_model;
  if not found then
    perform internal.fail('PV404', 'There is no such model.');
  end if;
  return internal.model_json(v_model);
end $$;

-- What everybody may ask: enabled models of enabled servers, the default one first.
create function api.model_offered(p_actor uuid) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', m.id, 'name', m.name, 'capabilities', m.capabilities, 'context_tokens', m.context_tokens,
    'is_default', m.is_default, 'created_at', m.created_at) order by not m.is_default, lower(m.name)), '[]')
  from palaver.models m join palaver.providers p on p.id = m.provider_id
  where m.disabled_at is null and p.disabled_at is null
    and exists (select from palaver.users where id = p_actor and disabled_at is null)
$$;

create function internal.model_json(m palaver.models) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', m.id, 'name', m.name, 'remote_name', m.remote_name, 'context_tokens', m.context_tokens,
    'capabilities', m.capabilities, 'parameters', m.parameters, 'input_price', m.input_price, 'output_price', m.output_price,
    'is_default', m.is_default, 'disabled_at', m.disabled_at, 'created_at', m.created_at, 'updated_at', m.updated_at,
    'provider', jsonb_build_object('id', p.id, 'name', p.name, 'kind', p.kind, 'disabled_at', p.disabled_at),
    'assistants', (select coalesce(jsonb_agg(u.username order by u.username), '[]')
                   from palaver.assistants a join palaver.users u on u.id = a.user_id where a.model_id = m.id))
  from palaver.providers p where p.id = m.provider_id
$$;
