-- What a walk found: messages in the order of the results, and the place where the next page begins.
create type internal.search_found as (ids uuid[], next bigint);

-- From the newest share of the time line to the oldest, until the page is full; the first ones are small. A frequent word
-- fills it from these; of a rare one the index says at once that a share has none. So nobody needs to know how frequent a
-- word is. Few messages, those of a small conversation, are looked through in one step.
create function internal.search_walk(
  p_where uuid[], p_is_small boolean, p_query text, p_without text, p_patterns text[], p_before timestamptz,
  p_since timestamptz, p_after bigint, p_limit integer
) returns internal.search_found language plpgsql stable as $$
declare
  v_began timestamptz := clock_timestamp();
  v_top bigint := internal.search_top(p_after, p_before);
  v_low bigint := internal.search_low(p_since);
  v_mine tsquery := case when p_is_small or cardinality(p_where) = 1 then (
    select string_agg(quote_literal('=c' || c), ' | ') from unnest(p_where) as c) end::tsquery;
  v_query tsquery := concat_ws(' & ', p_query, p_without)::tsquery;
  v_scope tsquery := v_mine;
  v_share bigint := (v_top - 1) >> 12;
  v_is_large boolean := false;
  v_ids uuid[] := '{}';
  v_places bigint[] := '{}';
begin
  if cardinality(p_where) = 1 then
    v_query := v_query && v_mine;
  end if;
  while cardinality(v_ids) <= p_limit and v_share >= v_low >> 12 and cardinality(p_where) > 0 loop
    if v_share < (v_top - 1) >> 12 and clock_timestamp() > v_began + interval '70 ms' then
      return row(v_ids, (v_share + 1) << 12)::internal.search_found;
    end if;
    v_is_large := v_share < (v_top - 1) >> 12 and (v_share + 1) % 8 = 0;
    if not p_is_small then
      v_scope := quote_literal(case when v_is_large then '=b' || (v_share >> 3) else '=s' || v_share end)::tsquery;
    end if;
    select v_ids || coalesce(array_agg(s.id order by s.place desc), '{}'),
           v_places || coalesce(array_agg(s.place order by s.place desc), '{}') into v_ids, v_places
    from internal.search_share(
      v_scope, case when p_query is null then v_scope && v_query else v_query end, p_where, p_patterns, p_before, p_since,
      v_top, v_low, p_limit + 1 - cardinality(v_ids)) as s;
    exit when p_is_small;
    v_share := v_share - case when v_is_large then 8 else 1 end;
  end loop;
  return row(v_ids[:p_limit], case when cardinality(v_ids) > p_limit then v_places[p_limit] end)::internal.search_found;
end $$;

-- One share. The plan is always the same: the index, then what it found in the order of the results. Patterns are tried one
-- row after the other, until there are enough. With the `or` the planner hashes the conversations: there may be thousands.
create function internal.search_share(
  p_scope tsquery, p_query tsquery, p_where uuid[], p_patterns text[], p_before timestamptz, p_since timestamptz,
  p_top bigint, p_low bigint, p_limit integer, out id uuid, out place bigint
) returns setof record language plpgsql stable as $$
begin
  if p_patterns = '{}' then
    return query
      select s.message_id, s.place from palaver.search s
      where s.words is not null and s.place < p_top and s.place >= p_low
        and (s.conversation_id is null or s.conversation_id in (select unnest(p_where)))
        and palaver.search_document(s.place, s.conversation_id, s.author_id, s.is_answer, s.has_code, s.words) @@ p_scope
        and palaver.search_document(s.place, s.conversation_id, s.author_id, s.is_answer, s.has_code, s.words) @@ p_query
        and (p_before is null or s.created_at < p_before) and (p_since is null or s.created_at >= p_since)
      order by s.place desc limit p_limit;
    return;
  end if;
  return query
    select c.message_id, c.place from (
      select s.message_id, s.place, s.words from palaver.search s
      where s.words is not null and s.place < p_top and s.place >= p_low
        and (s.conversation_id is null or s.conversation_id in (select unnest(p_where)))
        and palaver.search_document(s.place, s.conversation_id, s.author_id, s.is_answer, s.has_code, s.words) @@ p_scope
        and palaver.search_document(s.place, s.conversation_id, s.author_id, s.is_answer, s.has_code, s.words) @@ p_query
        and (p_before is null or s.created_at < p_before) and (p_since is null or s.created_at >= p_since)
      order by s.place desc offset 0) as c
    where ' ' || c.words || ' ' like all (p_patterns) limit p_limit;
end $$;

-- Above every place that can be a result. A message takes its place when it is complete, which is within a day.
create function internal.search_top(p_after bigint, p_before timestamptz) returns bigint language sql stable as $$
  select least(p_after, (select last_value + 1 from palaver.search_place_seq), (
    select place from palaver.search where created_at >= p_before + interval '1 day' order by created_at limit 1))
$$;

create function internal.search_low(p_since timestamptz) returns bigint language sql stable as $$
  select coalesce((
    select place from palaver.search where created_at < p_since - interval '1 day' order by created_at desc limit 1), 0)
$$;
