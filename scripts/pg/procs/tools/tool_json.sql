-- A call as everybody sees it who may read the answer.
create function internal.tool_call_json(c palaver.tool_calls) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', c.id, 'message_id', c.message_id, 'idx', c.idx, 'server', c.server, 'tool', c.tool, 'arguments', c.arguments,
    'output', c.output, 'status', c.status, 'decided_by', (select internal.user_card(u) from palaver.users u where u.id = c.decided_by),
    'created_at', c.created_at, 'decided_at', c.decided_at, 'finished_at', c.finished_at)
$$;

-- What a message says of its calls: nothing, unless there are some.
create function internal.tool_calls_json(p_message uuid) returns jsonb language sql stable as $$
  select coalesce((
    select jsonb_build_object('tool_calls', jsonb_agg(internal.tool_call_json(c) order by c.idx))
    from palaver.tool_calls c where c.message_id = p_message having count(*) > 0), '{}')
$$;

-- The payload of `tool.called` and `tool.updated`.
create function internal.tool_event(c palaver.tool_calls) returns jsonb language sql stable as $$
  select jsonb_build_object('conversation_id', m.conversation_id, 'root_id', m.root_id, 'message_id', m.id,
                            'requested_by', m.requested_by, 'call', internal.tool_call_json(c))
  from palaver.messages m where m.id = c.message_id
$$;

-- A server of tools as administrators see it; what is secret about it is only named.
create function internal.tool_server_json(s palaver.tool_servers) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', s.id, 'name', s.name, 'transport', s.transport, 'command', s.command, 'url', s.url,
    'secret_names', s.secret_names, 'call_seconds', s.call_seconds, 'output_bytes', s.output_bytes,
    'is_enabled', s.disabled_at is null, 'listed_at', s.listed_at, 'error', s.error,
    'tools', coalesce((select jsonb_agg(jsonb_build_object(
      'name', t.name, 'description', t.description, 'input_schema', t.input_schema, 'is_allowed', t.is_allowed,
      'needs_approval', t.needs_approval) order by t.name)
      from palaver.tools t where t.server_id = s.id and t.gone_at is null), '[]'),
    'assistants', coalesce((select jsonb_agg(jsonb_build_object('assistant', internal.user_card(u), 'tools', a.tools)
      order by u.username) from palaver.assistant_tools a join palaver.users u on u.id = a.assistant_id
      where a.server_id = s.id), '[]'))
$$;

-- The same with all that using it takes; for the processes of the server alone.
create function internal.tool_server_secret_json(s palaver.tool_servers) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', s.id, 'version', s.updated_at, 'transport', s.transport, 'command', s.command, 'url', s.url,
    'secrets', encode(s.secrets, 'hex'), 'call_seconds', s.call_seconds, 'output_bytes', s.output_bytes)
$$;
