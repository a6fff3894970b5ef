-- Where the log is now.
create function api.bus_head() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object('epoch', epoch, 'pos', pos, 'pruned_pos',
    greatest(pruned_pos, (select max(p.pos) from palaver.prunings p))) from palaver.server
$$;

-- The log after `p_after`, for a process that missed some of it.
create function api.bus_read(p_after bigint, p_limit integer) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'pos', pos, 'topic', topic_id, 'seq', seq, 'kind', kind, 'payload', payload) order by pos), '[]')
  from (select * from palaver.events where pos > p_after order by pos limit p_limit) as missed
$$;

-- Pieces of a growing answer from `p_from` on, for a process whose next piece did not arrive.
create function api.bus_pieces(p_message uuid, p_from integer, p_to integer) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('idx', idx, 'content', content) order by idx), '[]')
  from palaver.message_chunks where message_id = p_message and idx >= p_from and idx < p_to
$$;
