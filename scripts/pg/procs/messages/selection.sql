-- Whoever stood at the parent goes on with the new message. In a forked thread its writer, or who asked for the answer,
-- stands where he made it, whatever the others do.
create function internal.selection_follow(m palaver.messages, p_is_forked boolean) returns void language plpgsql as $$
begin
  update palaver.selections set leaf_id = m.id where leaf_id = m.parent_id;
  if p_is_forked and (m.role = 'user' or m.requested_by is not null) then
    perform internal.selection_put(case when m.role = 'user' then m.author_id else m.requested_by end, m.root_id, m.id);
  end if;
end $$;

create function internal.selection_put(p_user uuid, p_root uuid, p_leaf uuid) returns void language sql as $$
  insert into palaver.selections (user_id, root_id, leaf_id) values (p_user, p_root, p_leaf)
  on conflict (user_id, root_id) do update set leaf_id = excluded.leaf_id where selections.leaf_id <> excluded.leaf_id
$$;

-- The end of the branch that somebody looks at: his own, or where an answer was kept, or the newest message of the thread,
-- which has no answers.
create function internal.selected_leaf(p_actor uuid, p_root uuid) returns uuid language sql stable as $$
  select coalesce(
    (select leaf_id from palaver.selections where user_id = p_actor and root_id = p_root),
    (select leaf_id from palaver.threads where root_id = p_root),
    (select id from palaver.messages where root_id = p_root order by seq desc limit 1))
$$;

-- From a message down to an end, through the newest answer of each.
create function internal.newest_leaf(p_message uuid) returns uuid language sql stable as $$
  with recursive down as (
    select p_message as id, 0 as step
    union all
    select c.id, d.step + 1 from down d cross join lateral (
      select m.id from palaver.messages m where m.parent_id = d.id order by m.ordinal desc limit 1) as c)
  select id from down order by step desc limit 1
$$;

-- Look at the branch that a message is in, or the sibling that is `p_step` places beside it.
create function api.message_select(p_actor uuid, p_message uuid, p_step integer) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.require_message(p_actor, p_message);
  v_leaf uuid;
begin
  -- Who posts under the end at this moment moves the selection on, or is seen here.
  perform 1 from palaver.topics where id = v_message.conversation_id for update;
  if p_step <> 0 then
    v_message := internal.sibling_at(v_message, v_message.ordinal + p_step);
    if v_message.id is null then
      perform internal.fail('PV404', 'There is no message beside that one on this side.');
    end if;
  end if;
  v_leaf := internal.newest_leaf(v_message.id);
  perform internal.selection_put(p_actor, v_message.root_id, v_leaf);
  return jsonb_build_object(
    'conversation_id', v_message.conversation_id, 'root_id', v_message.root_id, 'message_id', v_message.id, 'leaf_id', v_leaf);
end $$;

-- The version of a message at a place, among those with its parent, or among those of the first question of a thread.
create function internal.sibling_at(m palaver.messages, p_ordinal integer) returns palaver.messages
language plpgsql stable as $$
declare
  v_first uuid := coalesce(m.version_of, m.id);
  v_found palaver.messages;
begin
  if m.parent_id is not null then
    select * into v_found from palaver.messages where parent_id = m.parent_id and ordinal = p_ordinal;
  elsif p_ordinal = 0 then
    select * into v_found from palaver.messages where id = v_first;
  else
    select * into v_found from palaver.messages where version_of = v_first and ordinal = p_ordinal;
  end if;
  return v_found;
end $$;
