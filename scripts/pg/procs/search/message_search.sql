-- Messages that the actor may read, newest first. `p_words` may be parts of words, `p_phrases` are words in this order,
-- none of `p_without` is in it. `next` can stand behind few results or none: who looks through very much is answered
-- after a while, and goes on from there. Every statement has one plan, which uses the indexes; it is not thought about
-- again for each share.
create function api.message_search(
  p_actor uuid, p_words text[], p_phrases text[], p_without text[], p_conversation uuid, p_title text, p_author text,
  p_is_answer boolean, p_has_code boolean, p_before timestamptz, p_since timestamptz, p_after text, p_limit integer
) returns jsonb language plpgsql stable security definer set search_path = pg_temp
set enable_seqscan = off set plan_cache_mode = force_generic_plan set max_parallel_workers_per_gather = 0 set jit = off as $$
declare
  v_where uuid[] := internal.search_conversations(p_actor, p_conversation, p_title);
  v_author uuid := internal.search_author(p_actor, p_author);
  v_is_small boolean := internal.search_is_small(v_where);
  -- Looked for in the texts and not in the index.
  v_common text[] := array(select w from unnest(p_words) as w where v_is_small and internal.search_is_common(w));
  v_query text := concat_ws(' & ',
    (select string_agg(internal.search_term(w, false), ' & ') from unnest(p_words) as w where w <> all (v_common)),
    (select string_agg(internal.search_term(w, true), ' & ') from unnest(p_phrases) as w),
    quote_literal('=a' || v_author), case when p_is_answer then '''=answer''' end, case when p_has_code then '''=code''' end);
  v_without text := (select string_agg('!(' || internal.search_term(w, true) || ')', ' & ') from unnest(p_without) as w);
  v_patterns text[] := array(
    select p from (select internal.search_pattern(w, false, w = any (v_common)) as p from unnest(p_words) as w
                   union all select internal.search_pattern(w, true, false) from unnest(p_phrases) as w) as patterns
    where p is not null);
  v_found internal.search_found;
begin
  if v_query = '' and v_common = '{}' and p_before is null and p_since is null and p_author is null then
    perform internal.fail('PV422',
      'Type a word to look for, or a filter: from:@name, from:assistant, has:code, before:2026-11-01 or after:2026-10-01.');
  elsif v_author is null and p_author is not null then
    return jsonb_build_object('items', '[]'::jsonb, 'terms', '[]'::jsonb, 'next', null);
  end if;
  v_found := internal.search_walk(v_where, v_is_small, nullif(v_query, ''), v_without, v_patterns, p_before, p_since,
                                  p_after::bigint, p_limit);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(internal.search_result(m, p_actor) order by f.n), '[]')
              from unnest(v_found.ids) with ordinality as f (id, n)
              join palaver.messages m on m.id = f.id and m.deleted_at is null),
    'terms', (select coalesce(jsonb_agg(t), '[]') from (
                select palaver.search_text(w) as t from unnest(p_words || p_phrases) as w) as terms where t <> ''),
    'next', v_found.next::text);
end $$;

-- The conversations to look in: the actor's, or one of them by id or by title.
create function internal.search_conversations(p_actor uuid, p_conversation uuid, p_title text) returns uuid[]
language plpgsql stable as $$
declare
  v_found uuid[];
begin
  if p_conversation is not null then
    perform internal.require_member(p_actor, p_conversation);
  end if;
  select array_agg(c.id) into v_found from palaver.members m
  join palaver.users u on u.id = m.user_id and u.disabled_at is null
  join palaver.conversations c on c.id = m.conversation_id
  where m.user_id = p_actor and m.left_at is null and (p_conversation is null or c.id = p_conversation)
    and (p_title is null or lower(internal.search_title(c, p_actor)) = lower(p_title));
  if v_found is null and p_title is not null then
    perform internal.fail('PV404', 'You are in no conversation of that name; look at its title in your list.');
  end if;
  return coalesce(v_found, '{}');
end $$;

-- So few messages that they are looked through in one step and not share by share.
create function internal.search_is_small(p_where uuid[]) returns boolean language sql stable as $$
  select cardinality(p_where) <= 200 and (select coalesce(sum(seq), 0) <= 20000 from palaver.topics where id = any (p_where))
$$;

create function internal.search_title(c palaver.conversations, p_actor uuid) returns text language sql stable as $$
  select case when c.kind = 'direct' then coalesce(
    (select u.display_name from palaver.members m join palaver.users u on u.id = m.user_id
     where m.conversation_id = c.id and m.user_id <> p_actor), c.title) else c.title end
$$;

-- An author by id, by name with or without an @, or as `me`.
create function internal.search_author(p_actor uuid, p_author text) returns uuid language sql stable as $$
  select id from palaver.users
  where case when lower(p_author) = 'me' then id = p_actor
             when p_author ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then id = p_author::uuid
             else lower(username) = lower(ltrim(p_author, '@')) end
$$;

create function internal.search_result(m palaver.messages, p_actor uuid) returns jsonb language sql stable as $$
  select internal.message_json(m) || jsonb_build_object(
    'conversation', (select jsonb_build_object('id', c.id, 'kind', c.kind, 'title', internal.search_title(c, p_actor))
                     from palaver.conversations c where c.id = m.conversation_id),
    'thread', (select jsonb_build_object('root_id', r.id, 'title', t.title,
                                         'excerpt', case when r.deleted_at is null then left(r.content, 120) end)
               from palaver.messages r left join palaver.threads t on t.root_id = r.id where r.id = m.root_id))
$$;
