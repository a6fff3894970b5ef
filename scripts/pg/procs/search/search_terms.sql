-- What stands for one typed word in the index, as the text of a tsquery; null for punctuation alone. A word is found by
-- its beginning and, from three letters on, by any part. With `p_is_whole` it is only itself.
create function internal.search_term(p_word text, p_is_whole boolean) returns text language sql stable as $$
  select string_agg('(' || case when t !~ ('[' || palaver.search_dense() || ']') then internal.search_word(t, p_is_whole)
    else internal.search_dense_word(t) end || ')', ' & ')
  from unnest(string_to_array(palaver.search_text(p_word), ' ')) as t
$$;

-- Characters of dense scripts: all pairs, or the only character.
create function internal.search_dense_word(p_word text) returns text language sql immutable as $$
  select string_agg(quote_literal(w), ' & ') from unnest(palaver.search_lexemes(p_word)) as w
  where w is not null and (length(w) > 1 or length(p_word) = 1)
$$;

-- A word, or the known words that it begins or is a part of: those that were used first on this server, which are the
-- frequent ones. They are nested from the most frequent on, so that most messages are decided by the first.
create function internal.search_word(p_word text, p_is_whole boolean) returns text language plpgsql stable as $$
declare
  v_words text[] := array[quote_literal(p_word)];
begin
  if not p_is_whole then
    v_words := v_words || internal.search_known(p_word, 300);
  end if;
  return array_to_string(v_words, ' | (') || repeat(')', cardinality(v_words) - 1);
end $$;

create function internal.search_known(p_word text, p_limit integer) returns text[] language plpgsql stable as $$
begin
  return array(
    select quote_literal(word) from palaver.search_words
    where palaver.search_parts(word) @> internal.search_asked_parts(p_word) and word like '%' || p_word || '%'
      and word <> p_word limit p_limit);
end $$;

create function internal.search_asked_parts(p_word text) returns text[] language sql immutable as $$
  select case when length(p_word) < 3 then array['=' || p_word]
         else array(select substr(p_word, n, 3) from generate_series(1, length(p_word) - 2) as n) end
$$;

-- Whether a word is a part of so many that it is cheaper to look into every text, if these are few.
create function internal.search_is_common(p_word text) returns boolean language sql stable as $$
  select t !~ ('[ ' || palaver.search_dense() || ']') and cardinality(internal.search_known(t, 30)) = 30
  from (select palaver.search_text(p_word) as t) as word where t <> ''
$$;

-- What a text must look like beyond holding the words, null when the index alone decides (`p_is_needed` says that it does
-- not). A phrase begins and ends with whole words; scripts without spaces have no such borders.
create function internal.search_pattern(p_word text, p_is_whole boolean, p_is_needed boolean) returns text
language sql stable as $$
  select case
    when t = '' or not p_is_needed and t !~ ' ' and (not is_dense or length(t) < 3) then null
    when not p_is_whole then '%' || case when length(t) < 3 and not is_dense then ' ' else '' end || t || '%'
    else '%' || case when left(t, 1) ~ dense then '' else ' ' end || t || case when right(t, 1) ~ dense then '' else ' ' end
      || '%' end
  from (select t, t ~ dense as is_dense, dense
        from (select palaver.search_text(p_word) as t, '[' || palaver.search_dense() || ']' as dense) as given) as word
$$;
