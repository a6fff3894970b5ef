-- What the model is to answer: the chain from the question up towards the root, oldest first, as much of it as
-- `p_max_chars` allows (the model's own tokenizer cuts exactly). Deleted messages are left out. `so_far`: the text
-- that the answer goes on from. `beyond`: how many older messages of the chain there are.
-- `wants_title`: this is the first answer of a thread without a title.
create function api.answer_context(p_lease uuid, p_max_chars integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_answer palaver.messages;
  v_conversation palaver.conversations;
begin
  select m.* into v_answer from palaver.jobs j join palaver.messages m on m.id = j.message_id where j.lease = p_lease;
  if not found then
    return null;
  end if;
  select * into v_conversation from palaver.conversations where id = v_answer.conversation_id;
  return (
    -- A message costs its author's name and the marks of a turn, too: many short ones are not read for nothing.
    with recursive chain as (
      select m.id, m.parent_id, m.role, m.author_id, m.content, m.deleted_at, length(m.content) + 16 as chars, 1 as step
      from palaver.messages m where m.id = v_answer.parent_id
      union all
      select m.id, m.parent_id, m.role, m.author_id, m.content, m.deleted_at,
             c.chars + length(m.content) + 16, c.step + 1
      from chain c join palaver.messages m on m.id = c.parent_id
      where c.chars < p_max_chars),
    beyond as (
      select m.id, m.parent_id, (m.deleted_at is null and m.content <> '')::integer as counts
      from (select parent_id from chain order by step desc limit 1) c join palaver.messages m on m.id = c.parent_id
      union all
      select m.id, m.parent_id, (m.deleted_at is null and m.content <> '')::integer
      from beyond b join palaver.messages m on m.id = b.parent_id)
    select jsonb_build_object(
      'kind', v_conversation.kind, 'instructions', v_conversation.instructions,
      'so_far', (select internal.chunk_text(message_id) from palaver.jobs where lease = p_lease and first_idx > 0),
      'assistant', (select internal.user_card(u) from palaver.users u where u.id = v_answer.author_id),
      'beyond', (select coalesce(sum(counts), 0) from beyond), 'wants_title', internal.wants_title(v_answer),
      'turns', coalesce(jsonb_agg(jsonb_build_object(
        'role', c.role, 'content', c.content, 'author', internal.user_card(u)) order by c.step desc), '[]'))
    from chain c join palaver.users u on u.id = c.author_id where c.deleted_at is null and c.content <> '');
end $$;

-- What of the thread the model was given, where something had to be left out: people read it at the answer.
create function api.answer_left_out(p_lease uuid, p_context jsonb) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.messages set context = p_context
  where id = (select message_id from palaver.jobs where lease = p_lease);
  return found;
end $$;
