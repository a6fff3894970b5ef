-- The Message of the contract (section 3). Answers and events both carry exactly this.
create function internal.message_json(m palaver.messages) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', m.id, 'conversation_id', m.conversation_id, 'root_id', m.root_id, 'parent_id', m.parent_id,
    'depth', m.depth, 'seq', m.seq, 'author', internal.user_card(u), 'role', m.role,
    'content', case when m.deleted_at is not null then null
                    when m.status = 'streaming' then internal.chunk_text(m.id) else m.content end,
    'status', m.status, 'mentions', internal.mention_cards(m), 'mentions_all', m.mentions_all and m.deleted_at is null,
    'client_id', m.client_id,
    'siblings', jsonb_build_object('index', m.ordinal, 'count', coalesce(
      (select s.ordinal + 1 from palaver.messages s where s.parent_id = m.parent_id order by s.ordinal desc limit 1), 1)),
    'finish_reason', m.finish_reason, 'model', m.model, 'usage', m.usage, 'error', m.error,
    'created_at', m.created_at, 'edited_at', m.edited_at, 'deleted_at', m.deleted_at,
    'deleted_by', m.deleted_by, 'requested_by', m.requested_by)
  from palaver.users u where u.id = m.author_id
$$;

create function internal.user_card(u palaver.users) returns jsonb language sql stable as $$
  select jsonb_build_object('id', u.id, 'username', u.username, 'display_name', u.display_name, 'kind', u.kind)
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
