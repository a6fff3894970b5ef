create function api.model_create(p_actor uuid, p_provider uuid, p_given jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  g jsonb := p_given;
  v_provider palaver.providers := internal.require_provider(p_actor, p_provider);
  v_model palaver.models;
begin
  perform internal.check_model_name(g ->> 'name', null);
  insert into palaver.models (provider_id, name, remote_name, context_tokens, capabilities, parameters, input_price, output_price)
  values (p_provider, g ->> 'name', coalesce(g ->> 'remote_name', ''), (g ->> 'context_tokens')::integer,
          internal.texts(g -> 'capabilities'), coalesce(g -> 'parameters', '{}'),
          coalesce((g ->> 'input_price')::numeric, 0), coalesce((g ->> 'output_price')::numeric, 0))
  returning * into v_model;
  perform internal.audit(p_actor, 'model.added', 'model', v_model.id::text, v_model.name,
                         g - 'name' || jsonb_build_object('server', v_provider.name));
  return internal.model_json(v_model);
end $$;

-- Change what `p_given` names.
create function api.model_update(p_actor uuid, p_model uuid, p_given jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  g jsonb := p_given;
  v_model palaver.models;
begin
  perform 1 from palaver.server for update;
  v_model := internal.require_model(p_actor, p_model);
  perform internal.check_model_name(g ->> 'name', p_model);
  if v_model.is_default and (g ->> 'disabled')::boolean then
    perform internal.fail('PV409', 'This is the default model; make another one the default first.');
  end if;
  update palaver.models m set
    name = case when g ? 'name' then g ->> 'name' else m.name end,
    remote_name = case when g ? 'remote_name' then g ->> 'remote_name' else m.remote_name end,
    context_tokens = case when g ? 'context_tokens' then (g ->> 'context_tokens')::integer else m.context_tokens end,
    capabilities = case when g ? 'capabilities' then internal.texts(g -> 'capabilities') else m.capabilities end,
    parameters = case when g ? 'parameters' then g -> 'parameters' else m.parameters end,
    input_price = case when g ? 'input_price' then (g ->> 'input_price')::numeric else m.input_price end,
    output_price = case when g ? 'output_price' then (g ->> 'output_price')::numeric else m.output_price end,
    disabled_at = case (g ->> 'disabled')::boolean when true then coalesce(m.disabled_at, now()) when false then null
                  else m.disabled_at end,
    updated_at = now()
  where id = p_model returning * into v_model;
  perform internal.audit(p_actor, 'model.changed', 'model', p_model::text, v_model.name, g);
  return internal.model_json(v_model);
end $$;

-- Answers the names of the assistants that ask the default model from now on.
create function api.model_delete(p_actor uuid, p_model uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_model palaver.models;
  v_assistants jsonb;
begin
  perform 1 from palaver.server for update;
  v_model := internal.require_model(p_actor, p_model);
  if v_model.is_default then
    perform internal.fail('PV409', 'This is the default model; make another one the default first.');
  end if;
  v_assistants := internal.fall_back(array[p_model]);
  delete from palaver.models where id = p_model;
  perform internal.audit(p_actor, 'model.removed', 'model', p_model::text, v_model.name,
                         jsonb_build_object('assistants', v_assistants));
  return v_assistants;
end $$;

-- Ask this one wherever no other is chosen. The row of the server makes two who choose at once wait for one another.
create function api.model_default(p_actor uuid, p_model uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_model palaver.models;
begin
  perform 1 from palaver.server for update;
  v_model := internal.require_model(p_actor, p_model);
  if internal.model_still_there(p_model) is null then
    perform internal.fail('PV409', 'This model, or its server, is disabled; enable it first.');
  end if;
  if not v_model.is_default then
    update palaver.models set is_default = false where is_default;
    update palaver.models set is_default = true, updated_at = now() where id = p_model returning * into v_model;
    perform internal.audit(p_actor, 'model.default_chosen', 'model', p_model::text, v_model.name);
  end if;
  return internal.model_json(v_model);
end $$;

create function internal.require_model(p_actor uuid, p_model uuid) returns palaver.models language plpgsql as $$
declare
  v_model palaver.models;
begin
  perform internal.require_runner(p_actor);
  select * into v_model from palaver.models where id = p_model for no key update;
  if not found then
    perform internal.fail('PV404', 'There is no such model.');
  end if;
  return v_model;
end $$;

create function internal.check_model_name(p_name text, p_except uuid) returns void language plpgsql stable as $$
begin
  if exists (select from palaver.models where lower(name) = lower(p_name) and id is distinct from p_except) then
    perform internal.fail('PV409', 'There is a model of this name already; choose another name.');
  end if;
end $$;

-- A list of JSON as an array.
create function internal.texts(p_list jsonb) returns text[] language sql immutable as $$
  select coalesce(array_agg(t), '{}') from jsonb_array_elements_text(coalesce(p_list, '[]')) as t
$$;
