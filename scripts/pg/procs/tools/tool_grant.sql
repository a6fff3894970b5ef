-- Let an assistant use the tools of a server: those that are named, or all that are allowed (null).
create function api.tool_grant(p_actor uuid, p_server uuid, p_assistant uuid, p_tools text[]) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_server palaver.tool_servers := internal.require_tool_server(p_actor, p_server);
begin
  if not exists (select from palaver.assistants where user_id = p_assistant) then
    perform internal.fail('PV404', 'There is no such assistant.');
  end if;
  insert into palaver.assistant_tools (assistant_id, server_id, tools) values (p_assistant, p_server, p_tools)
  on conflict (assistant_id, server_id) do update set tools = p_tools;
  perform internal.audit(p_actor, 'tool.granted', 'tool_server', p_server::text, v_server.name, jsonb_strip_nulls(
    jsonb_build_object('assistant', (select username from palaver.users where id = p_assistant), 'tools', to_jsonb(p_tools))));
  return internal.tool_server_json(v_server);
end $$;

create function api.tool_revoke(p_actor uuid, p_server uuid, p_assistant uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_server palaver.tool_servers := internal.require_tool_server(p_actor, p_server);
begin
  delete from palaver.assistant_tools where server_id = p_server and assistant_id = p_assistant;
  if found then
    perform internal.audit(p_actor, 'tool.revoked', 'tool_server', p_server::text, v_server.name, jsonb_build_object(
      'assistant', (select username from palaver.users where id = p_assistant)));
  end if;
  return internal.tool_server_json(v_server);
end $$;

-- The tools that an assistant may use now.
create function internal.tools_of(p_assistant uuid)
returns table (server_id uuid, server text, name text, description text, input_schema jsonb, needs_approval boolean)
language sql stable as $$
  select s.id, s.name, t.name, t.description, t.input_schema, t.needs_approval
  from palaver.assistant_tools a
  join palaver.tool_servers s on s.id = a.server_id and s.disabled_at is null
  join palaver.tools t on t.server_id = s.id and t.is_allowed and t.gone_at is null
                          and (a.tools is null or t.name = any (a.tools))
  where a.assistant_id = p_assistant order by s.name, t.name limit 128
$$;

-- Is the feature on? `p_default` is what the configuration says.
create function internal.tools_are_on(p_default boolean) returns boolean language sql stable as $$
  select coalesce((select enabled from palaver.features where name = 'tools'), p_default)
$$;
