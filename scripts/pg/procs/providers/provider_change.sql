-- An id for a server that will be added: its key is encrypted for this very id before there is a row.
create function api.provider_id() returns uuid language sql security definer set search_path = pg_temp as $$
  select palaver.new_id()
$$;

create function api.provider_create(p_actor uuid, p_provider uuid, p_given jsonb, p_api_key bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_provider palaver.providers;
begin
  perform internal.require_runner(p_actor);
  perform internal.check_provider_name(p_given ->> 'name', null);
  if p_given ->> 'kind' = 'local' then
    perform internal.fail('PV409', 'The model of this machine is there already; there is only one.');
  end if;
  insert into palaver.providers (id, name, kind, base_url, api_key, max_concurrent, first_piece_seconds, answer_seconds)
  values (p_provider, p_given ->> 'name', p_given ->> 'kind', p_given ->> 'base_url', p_api_key,
          (p_given ->> 'max_concurrent')::integer, (p_given ->> 'first_piece_seconds')::real,
          (p_given ->> 'answer_seconds')::real)
  returning * into v_provider;
  perform internal.audit(p_actor, 'provider.added', 'provider', v_provider.id::text, v_provider.name,
                         p_given - 'name' || jsonb_build_object('has_key', p_api_key is not null));
  return internal.provider_json(v_provider);
end $$;

-- Change what `p_given` names. `p_api_key` null keeps the key, an empty one takes it away.
create function api.provider_update(p_actor uuid, p_provider uuid, p_given jsonb, p_api_key bytea) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  g jsonb := p_given;
  v_before palaver.providers;
  v_provider palaver.providers;
begin
  perform 1 from palaver.server for update;  -- as whoever chooses the default model
  v_before := internal.require_provider(p_actor, p_provider);
  perform internal.check_provider_name(g ->> 'name', p_provider);
  if v_before.kind = 'local' and (g ?| array['base_url', 'kind'] or p_api_key is not null) then
    perform internal.fail('PV409', 'Where the model of this machine answers is decided by the configuration: set llm.base_url '
                                   'and llm.api_key there, or choose a file with `flask models serve`.');
  elsif g ->> 'kind' = 'local' then
    perform internal.fail('PV409', 'The model of this machine is there already; there is only one.');
  elsif (g ->> 'disabled')::boolean and exists (select from palaver.models where provider_id = p_provider and is_default) then
    perform internal.fail('PV409', 'The default model is on this server; make another model the default first.');
  end if;
  update palaver.providers p set
    name = case when g ? 'name' then g ->> 'name' else p.name end,
    kind = case when g ? 'kind' then g ->> 'kind' else p.kind end,
    base_url = case when g ? 'base_url' then g ->> 'base_url' else p.base_url end,
    api_key = case when p_api_key is null then p.api_key when p_api_key = '' then null else p_api_key end,
    max_concurrent = case when g ? 'max_concurrent' then (g ->> 'max_concurrent')::integer else p.max_concurrent end,
    first_piece_seconds = case when g ? 'first_piece_seconds' then (g ->> 'first_piece_seconds')::real
                               else p.first_piece_seconds end,
    answer_seconds = case when g ? 'answer_seconds' then (g ->> 'answer_seconds')::real else p.answer_seconds end,
    disabled_at = case (g ->> 'disabled')::boolean when true then coalesce(p.disabled_at, now()) when false then null
                  else p.disabled_at end,
    updated_at = now()
  where id = p_provider returning * into v_provider;
  perform internal.audit(p_actor, 'provider.changed', 'provider', p_provider::text, v_provider.name, g || case
    when p_api_key is null then '{}' else jsonb_build_object('key', case p_api_key when '' then 'taken away' else 'set' end) end);
  return internal.provider_json(v_provider);
end $$;

-- The server and its models; answers the names of the assistants that ask the default model from now on.
create function api.provider_delete(p_actor uuid, p_provider uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_provider palaver.providers;
  v_assistants jsonb;
begin
  perform 1 from palaver.server for update;
  v_provider := internal.require_provider(p_actor, p_provider);
  if v_provider.kind = 'local' then
    perform internal.fail('PV409', 'The model of this machine stays; disable it when nobody shall ask it.');
  elsif exists (select from palaver.models where provider_id = p_provider and is_default) then
    perform internal.fail('PV409', 'The default model is on this server; make another model the default first.');
  end if;
  v_assistants := internal.fall_back(array(select id from palaver.models where provider_id = p_provider), p_provider);
  delete from palaver.providers where id = p_provider;
  perform internal.audit(p_actor, 'provider.removed', 'provider', p_provider::text, v_provider.name,
                         jsonb_build_object('assistants', v_assistants));
  return v_assistants;
end $$;

-- The row stays locked, but not against jobs that refer to it: who claims them would wait while others wait for him.
create function internal.require_provider(p_actor uuid, p_provider uuid) returns palaver.providers language plpgsql as $$
declare
  v_provider palaver.providers;
begin
  perform internal.require_runner(p_actor);
  select * into v_provider from palaver.providers where id = p_provider for no key update;
  if not found then
    perform internal.fail('PV404', 'There is no such server of models.');
  end if;
  return v_provider;
end $$;

create function internal.check_provider_name(p_name text, p_except uuid) returns void language plpgsql stable as $$
begin
  if exists (select from palaver.providers where lower(name) = lower(p_name) and id is distinct from p_except) then
    perform internal.fail('PV409', 'There is a server of this name already; choose another name.');
  end if;
end $$;

-- These models are about to go, and perhaps their server: whoever asks them asks the default one, also with what waits in the
-- queue. What is being written goes on; its job must not go with the server. Answers the names of the assistants.
create function internal.fall_back(p_models uuid[], p_provider uuid default null) returns jsonb language plpgsql as $$
declare
  v_default palaver.models;
begin
  select * into v_default from palaver.models where is_default;
  update palaver.jobs j set provider_id = v_default.provider_id,
    model_id = case when j.model_id = any (p_models) then v_default.id else j.model_id end
  where j.provider_id = p_provider or j.model_id = any (p_models)
     or j.message_id in (select id from palaver.messages where model_id = any (p_models));
  update palaver.messages set model_id = v_default.id
  where model_id = any (p_models) and id in (select message_id from palaver.jobs where lease is null);
  return (select coalesce(jsonb_agg(u.username order by u.username), '[]')
          from palaver.assistants a join palaver.users u on u.id = a.user_id where a.model_id = any (p_models));
end $$;
