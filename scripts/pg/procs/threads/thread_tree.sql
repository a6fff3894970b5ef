-- A page of a thread in chronological order; the tree is in the `parent_id`s. With `p_before` (or with neither) the
-- page is the one that ends there (or at the newest), with `p_after` the one that begins there. `p_is_branch`: only the
-- messages from the root to the end that the actor looks at, or to the one that is reached through `p_through`.
create function api.thread_tree(
  p_actor uuid, p_root uuid, p_after bigint, p_before bigint, p_limit integer, p_is_branch boolean, p_through uuid
) returns jsonb language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_root palaver.messages := internal.require_root(p_actor, p_root);
  v_selected uuid := internal.selected_leaf(p_actor, p_root);
  v_leaf palaver.messages;
  v_page jsonb;
begin
  if p_is_branch then
    select m.* into v_leaf from palaver.messages m
    where m.root_id = p_root and m.id = coalesce(internal.newest_leaf(p_through), v_selected);
    if not found then
      perform internal.fail('PV404', 'There is no such message in this thread.');
    end if;
    v_page := internal.branch_page(v_leaf, p_after, p_before, p_limit);
  else
    v_page := internal.thread_page(p_root, p_after, p_before, p_limit);
  end if;
  return v_page || jsonb_build_object(
    'root_id', p_root, 'conversation_id', v_root.conversation_id, 'selected_leaf_id', v_selected,
    'read_seq', internal.read_mark(p_actor, v_root.conversation_id, p_root),
    'thread', (select internal.thread_json(t) from palaver.threads t where t.root_id = p_root));
end $$;

-- All messages of a thread, a page of them.
create function internal.thread_page(p_root uuid, p_after bigint, p_before bigint, p_limit integer) returns jsonb
language plpgsql stable as $$
declare
  v_items jsonb;
  v_first bigint;
  v_last bigint;
begin
  with page as (
    (select m from palaver.messages m where m.root_id = p_root and p_after is not null and m.seq > p_after
     order by m.seq limit p_limit)
    union all
    (select m from palaver.messages m where m.root_id = p_root and p_after is null
       and m.seq < coalesce(p_before, 9223372036854775807)
     order by m.seq desc limit p_limit))
  select internal.messages_json(array_agg(page.m)), min((page.m).seq), max((page.m).seq)
  into v_items, v_first, v_last from page;
  return jsonb_build_object(
    'items', v_items,
    'next', (select v_last::text where exists (
      select from palaver.messages m where m.root_id = p_root and m.seq > v_last)),
    'previous', (select v_first::text where exists (
      select from palaver.messages m where m.root_id = p_root and m.seq < v_first)));
end $$;

-- The messages between a root and one end, a page of them, and what is compared with one of them. Going up ends where the
-- page does.
create function internal.branch_page(p_leaf palaver.messages, p_after bigint, p_before bigint, p_limit integer)
returns jsonb language plpgsql stable as $$
declare
  v_before bigint := case when p_after is null then coalesce(p_before, 9223372036854775807) end;
  v_items jsonb;
  v_first bigint;
  v_last bigint;
  v_has_root boolean;
begin
  with recursive up as (
    select p_leaf.id as id, p_leaf.parent_id as parent_id, p_leaf.seq as seq, (p_leaf.seq < v_before)::integer as taken
    union all
    select m.id, m.parent_id, m.seq, u.taken + (m.seq < v_before)::integer
    from up u join palaver.messages m on m.id = u.parent_id
    where case when p_after is null then u.taken < p_limit else m.seq > p_after end),
  page as (
    select id from up where case when p_after is null then seq < v_before else seq > p_after end order by seq limit p_limit)
  select internal.messages_json(internal.with_compared(array_agg(m))), min(m.seq), max(m.seq), bool_or(m.parent_id is null)
  into v_items, v_first, v_last, v_has_root from palaver.messages m where m.id in (select id from page);
  return jsonb_build_object(
    'items', v_items,
    'next', case when v_last < p_leaf.seq then v_last::text end,
    'previous', case when not v_has_root then v_first::text end);
end $$;

-- These messages, and those that are shown beside one of them.
create function internal.with_compared(p_messages palaver.messages[]) returns palaver.messages[]
language plpgsql stable as $$
declare
  v_comparisons uuid[] := array(select distinct comparison_id from unnest(p_messages) where comparison_id is not null);
begin
  if v_comparisons = '{}' then
    return p_messages;
  end if;
  return p_messages || array(select m from palaver.messages m where m.comparison_id = any (v_comparisons)
                             and m.id <> all (array(select id from unnest(p_messages))));
end $$;
