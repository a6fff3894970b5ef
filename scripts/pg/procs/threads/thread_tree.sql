-- A page of a thread in chronological order; the tree is in the `parent_id`s. With `p_before` (or with neither) the
-- page is the one that ends there (or at the newest), with `p_after` the one that begins there.
create function api.thread_tree(p_actor uuid, p_root uuid, p_after bigint, p_before bigint, p_limit integer)
returns jsonb language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_root palaver.messages := internal.require_message(p_actor, p_root);
  v_items jsonb;
  v_first bigint;
  v_last bigint;
begin
  if v_root.parent_id is not null then
    perform internal.fail('PV404', 'That message is not the root of a thread; ask for its root_id.');
  end if;
  with page as (
    (select m.* from palaver.messages m where m.root_id = p_root and p_after is not null and m.seq > p_after
     order by m.seq limit p_limit)
    union all
    (select m.* from palaver.messages m where m.root_id = p_root and p_after is null
       and m.seq < coalesce(p_before, 9223372036854775807)
     order by m.seq desc limit p_limit))
  select coalesce(jsonb_agg(internal.message_json(m) order by m.seq), '[]'), min(m.seq), max(m.seq)
  into v_items, v_first, v_last from page m;
  return jsonb_build_object(
    'root_id', p_root, 'conversation_id', v_root.conversation_id,
    'thread', (select internal.thread_json(t) from palaver.threads t where t.root_id = p_root),
    'items', v_items,
    'next', (select v_last::text where exists (
      select from palaver.messages m where m.root_id = p_root and m.seq > v_last)),
    'previous', (select v_first::text where exists (
      select from palaver.messages m where m.root_id = p_root and m.seq < v_first)));
end $$;
