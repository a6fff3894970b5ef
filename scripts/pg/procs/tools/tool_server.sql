-- Servers of tools, for administrators, and for the operator at the command line (no actor).
create function api.tool_server_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_runner(p_actor);
  return (select coalesce(jsonb_agg(internal.tool_server_json(s) order by s.name), '[]') from palaver.tool_servers s);
end $$;

-- Add a server (an id that is not there yet), or change what `p_values` gives. What runs on this machine, and with which
-- environment, is up to the operator: an administrator of the pages must not be able to start programs.
create function api.tool_server_save(p_actor uuid, p_server uuid, p_values jsonb) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_server palaver.tool_servers;
  v_is_new boolean;
begin
  perform internal.require_runner(p_actor);
  select * into v_server from palaver.tool_servers where id = p_server for update;
  v_is_new := not found;
  if v_is_new and not p_values ? 'transport' then
    perform internal.fail('PV404', 'There is no such server of tools.');
  elsif not v_is_new and p_values ->> 'transport' <> v_server.transport then
    perform internal.fail('PV409', 'How a server of tools is reached cannot be changed; add another one.');
  end if;
  if p_actor is not null and coalesce(v_server.transport, p_values ->> 'transport') = 'stdio'
     and (v_is_new or p_values ?| array['command', 'url', 'secrets']) then
    perform internal.fail('PV403', 'Only the operator can say which programs run on this machine: use `flask tools` there.');
  end if;
  if exists (select from palaver.tool_servers where name = p_values ->> 'name' and id <> p_server) then
    perform internal.fail('PV409', 'There is a server of tools of this name already.');
  end if;
  if v_is_new then
    insert into palaver.tool_servers (id, name, transport, command, url)
    values (p_server, p_values ->> 'name', p_values ->> 'transport',
            coalesce(array(select jsonb_array_elements_text(p_values -> 'command')), '{}'), coalesce(p_values ->> 'url', ''));
  end if;
  update palaver.tool_servers s set
    name = coalesce(p_values ->> 'name', s.name),
    command = case when p_values ? 'command' then array(select jsonb_array_elements_text(p_values -> 'command'))
                   else s.command end,
    url = coalesce(p_values ->> 'url', s.url),
    secrets = case when p_values ? 'secrets' then nullif(decode(p_values ->> 'secrets', 'hex'), '') else s.secrets end,
    secret_names = case when p_values ? 'secret_names' then array(select jsonb_array_elements_text(p_values -> 'secret_names'))
                        else s.secret_names end,
    call_seconds = coalesce((p_values ->> 'call_seconds')::real, s.call_seconds),
    output_bytes = coalesce((p_values ->> 'output_bytes')::integer, s.output_bytes),
    disabled_at = case (p_values ->> 'is_enabled')::boolean when true then null when false then coalesce(s.disabled_at, now())
                       else s.disabled_at end,
    updated_at = clock_timestamp()
  where id = p_server returning * into v_server;
  if v_is_new then
    perform internal.audit(p_actor, 'tool_server.added', 'tool_server', p_server::text, v_server.name,
                           jsonb_build_object('transport', v_server.transport));
  else
    perform internal.audit(p_actor, 'tool_server.changed', 'tool_server', p_server::text, v_server.name, jsonb_build_object(
      'changed', (select jsonb_agg(k order by k) from jsonb_object_keys(p_values) as k where k <> 'secret_names')));
  end if;
  return internal.tool_server_json(v_server);
end $$;

create function api.tool_server_delete(p_actor uuid, p_server uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_server palaver.tool_servers := internal.require_tool_server(p_actor, p_server);
begin
  delete from palaver.tool_servers where id = p_server;
  perform internal.audit(p_actor, 'tool_server.removed', 'tool_server', p_server::text, v_server.name);
end $$;

-- How to reach it, to ask it for its tools.
create function api.tool_server_secret(p_actor uuid, p_server uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
begin
  return internal.tool_server_secret_json(internal.require_tool_server(p_actor, p_server));
end $$;

-- What it said when it was asked, or why it did not (`p_error`). A tool that is not what it was when somebody decided that it
-- needs no approval needs it again.
create function api.tool_server_listed(p_actor uuid, p_server uuid, p_tools jsonb, p_error text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_server palaver.tool_servers := internal.require_tool_server(p_actor, p_server);
begin
  if p_error is null then
    update palaver.tools set gone_at = now()
    where server_id = p_server and name not in (select t ->> 'name' from jsonb_array_elements(p_tools) as t);
    insert into palaver.tools as k (server_id, name, description, input_schema)
    select distinct on (t ->> 'name') p_server, t ->> 'name', t ->> 'description', t -> 'input_schema'
    from jsonb_array_elements(p_tools) as t
    on conflict (server_id, name) do update set
      description = excluded.description, input_schema = excluded.input_schema, gone_at = null,
      needs_approval = k.needs_approval or k.gone_at is not null or k.description <> excluded.description
                       or k.input_schema <> excluded.input_schema;
  end if;
  update palaver.tool_servers set listed_at = case when p_error is null then now() else listed_at end, error = p_error
  where id = p_server returning * into v_server;
  return internal.tool_server_json(v_server);
end $$;

create function api.tool_set(p_actor uuid, p_server uuid, p_tool text, p_is_allowed boolean, p_needs_approval boolean)
returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_server palaver.tool_servers := internal.require_tool_server(p_actor, p_server);
begin
  update palaver.tools set is_allowed = coalesce(p_is_allowed, is_allowed),
                           needs_approval = coalesce(p_needs_approval, needs_approval)
  where server_id = p_server and name = p_tool and gone_at is null;
  if not found then
    perform internal.fail('PV404', 'This server has no such tool; test it, which lists its tools.');
  end if;
  perform internal.audit(p_actor, 'tool.changed', 'tool_server', p_server::text, v_server.name || ' ' || p_tool,
    jsonb_strip_nulls(jsonb_build_object('allowed', p_is_allowed, 'needs_approval', p_needs_approval)));
  return internal.tool_server_json(v_server);
end $$;

-- The row stays locked.
create function internal.require_tool_server(p_actor uuid, p_server uuid) returns palaver.tool_servers
language plpgsql as $$
declare
  v_server palaver.tool_servers;
begin
  perform internal.require_runner(p_actor);
  select * into v_server from palaver.tool_servers where id = p_server for update;
  if not found then
    perform internal.fail('PV404', 'There is no such server of tools.');
  end if;
  return v_server;
end $$;
