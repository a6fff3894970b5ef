-- The Message of the contract (section 3). Answers and events both carry exactly this. What has to be looked up is given,
-- so that PostgreSQL can put the expression itself into a query instead of calling a function for every row.
create function internal.message_shape(
  m palaver.messages, u palaver.users, p_content text, p_mentions jsonb, p_siblings integer, p_model text
) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', m.id, 'conversation_id', m.conversation_id, 'root_id', m.root_id, 'parent_id', m.parent_id,
    'depth', m.depth, 'seq', m.seq, 'author', internal.user_card(u), 'role', m.role, 'content', p_content,
    'status', m.status, 'mentions', p_mentions, 'mentions_all', m.mentions_all and m.deleted_at is null,
    'client_id', m.client_id,
    'siblings', jsonb_build_object('index', m.ordinal, 'count', coalesce(p_siblings, 1)),
    'finish_reason', m.finish_reason, 'model', m.model, 'usage', m.usage, 'error', m.error,
    'created_at', m.created_at, 'edited_at', m.edited_at, 'deleted_at', m.deleted_at,
    'deleted_by', m.deleted_by, 'requested_by', m.requested_by)
    || case when m.role = 'assistant' and m.deleted_at is null then internal.tool_calls_json(m.id) else '{}' end
    || case when m.context is null then '{}' else jsonb_build_object('context', m.context) end
    || case when m.model_id is null then '{}' else jsonb_build_object('model_id', m.model_id, 'model_name', p_model) end
    || case when m.comparison_id is null then '{}' else jsonb_build_object('comparison_id', m.comparison_id) end
    || case when m.version_of is null then '{}' else jsonb_build_object('version_of', m.version_of) end
    || case when m.status = 'streaming' then coalesce(internal.queue_json(m.id), '{}') else '{}' end
$$;

-- Many of them at once, in the order of `seq`.
create function internal.messages_json(p_messages palaver.messages[]) returns jsonb language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(internal.message_shape(m, u,
      case when m.deleted_at is null then
        case m.status when 'streaming' then internal.chunk_text(m.id) else m.content end end,
      case when m.mentions = '{}' or m.deleted_at is not null then '[]' else internal.mention_cards(m) end,
      case when m.parent_id is null then internal.sibling_count(null, coalesce(m.version_of, m.id)) else
        (select s.ordinal + 1 from palaver.messages s where s.parent_id = m.parent_id order by s.ordinal desc limit 1) end,
      case when m.model_id is not null then internal.model_name(m.model_id) end)
      order by m.seq), '[]')
    from unnest(p_messages) as m join palaver.users u on u.id = m.author_id);
end $$;

create function internal.message_json(m palaver.messages) returns jsonb language plpgsql stable as $$
declare
  v_author palaver.users;
  v_siblings integer;
begin
  select u.* into v_author from palaver.users u where u.id = m.author_id;
  v_siblings := internal.sibling_count(m.parent_id, coalesce(m.version_of, m.id));
  return internal.message_shape(m, v_author,
    case when m.deleted_at is null then
      case m.status when 'streaming' then internal.chunk_text(m.id) else m.content end end,
    case when m.mentions = '{}' or m.deleted_at is not null then '[]' else internal.mention_cards(m) end, v_siblings,
    case when m.model_id is not null then internal.model_name(m.model_id) end);
end $$;

create function internal.model_name(p_model uuid) returns text language sql stable as $$
  select name from palaver.models where id = p_model
$$;

create function internal.user_card(u palaver.users) returns jsonb language sql stable as $$
  select case u.avatar
    when '' then jsonb_build_object('id', u.id, 'username', u.username, 'display_name', u.display_name, 'kind', u.kind)
    else jsonb_build_object('id', u.id, 'username', u.username, 'display_name', u.display_name, 'kind', u.kind,
                            'avatar', u.avatar) end
$$;

-- Who is mentioned by name, as much of them as a page needs to find the names in the text.
create function internal.mention_cards(m palaver.messages) returns jsonb language sql stable as $$
  select case when m.mentions = '{}' or m.deleted_at is not null then '[]' else (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', u.id, 'username', u.username, 'display_name', u.display_name) order by u.id), '[]')
    from palaver.users u where u.id = any (m.mentions)) end
$$;

-- The text of a growing message: its pieces up to the first one that is missing.
create function internal.chunk_text(p_message uuid) returns text language sql stable as $$
  select coalesce(string_agg(content, '' order by idx), '')
  from (select content, idx, row_number() over (order by idx) - 1 as place
        from palaver.message_chunks where message_id = p_message) as pieces
  where idx = place
$$;
