-- Search. One narrow row a message in `search`, and an index from its words to these rows; how it is asked stands in
-- procs/search/. Languages are mixed, so nothing is stemmed. Scripts that are written without spaces are indexed by
-- their characters and pairs of characters. What a word character is stands here, code point by code point, because
-- the locale of a database decides it otherwise.

-- Text as it is compared: lower case, compatibility forms and accents gone. Hangul is put together again by NFC.
create function palaver.search_fold(p_text text) returns text language sql immutable strict parallel safe as $$
  select case when octet_length(p_text) = length(p_text) then lower(p_text) else lower(normalize(regexp_replace(
    normalize(p_text, nfkd), '[\u0300-\u036f\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]', '', 'g'),
    nfc)) end
$$;

-- Characters of scripts without spaces (Thai to Khmer, Chinese, Japanese, Korean) and pictures: each is a word.
create function palaver.search_dense() returns text language sql immutable parallel safe as $$
  select '\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2600-\u27bf\u2e80-\u2fdf\u3005-\u3007\u3031-\u3035\u3040-\u30fa'
    '\u30fc-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff'
$$;

-- The words of a text, folded, one space between them. Only so much of a very long text, and of a word, is indexed.
create function palaver.search_text(p_content text) returns text language plpgsql immutable strict parallel safe as $$
declare
  v_text text := palaver.search_fold(left(p_content, 65536));
begin
  v_text := regexp_replace(v_text,
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u02c2-\u02df\u037e\u0387'
    '\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf'
    '\u2190-\u25ff\u27c0-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3030\u3036-\u303f\u30fb\ufe10-\ufe6f\uff00-\uff0f'
    '\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff]+', ' ', 'g');
  if octet_length(v_text) > length(v_text) and v_text ~ ('[' || palaver.search_dense() || ']') then
    v_text := regexp_replace(v_text, '([' || palaver.search_dense() || ']+)', ' \1 ', 'g');
    v_text := regexp_replace(v_text, ' +', ' ', 'g');
    v_text := regexp_replace(v_text, '([^ ' || palaver.search_dense() || ']{64})[^ ' || palaver.search_dense() || ']+', '\1', 'g');
  elsif v_text ~ '[^ ]{65}' then
    v_text := regexp_replace(v_text, '([^ ]{64})[^ ]+', '\1', 'g');
  end if;
  return btrim(v_text);
end $$;

-- What a folded text is found by: its words; of dense scripts the characters and the pairs.
create function palaver.search_lexemes(p_text text) returns text[] language plpgsql immutable strict parallel safe as $$
begin
  if octet_length(p_text) = length(p_text) or p_text !~ ('[' || palaver.search_dense() || ']') then
    return string_to_array(p_text, ' ');
  end if;
  return array(
    select w from unnest(string_to_array(p_text, ' ')) as w where w !~ ('[' || palaver.search_dense() || ']')
    union all
    select unnest(array[c, c || nullif(follower, ' ')]) from (
      select c, lead(c) over (order by n) as follower, c ~ ('[' || palaver.search_dense() || ']') as is_dense
      from unnest(string_to_array(p_text, null)) with ordinality as chars (c, n)) as pairs
    where is_dense and c <> ' ');
end $$;

-- Words that cannot be typed, because `=` is no word character, tell where and from whom a message is. `=b` and `=s` are
-- its shares of the time line, 32,768 and 4,096 messages that follow each other.
create function palaver.search_document(
  p_place bigint, p_conversation uuid, p_author uuid, p_is_answer boolean, p_has_code boolean, p_words text
) returns tsvector language plpgsql immutable parallel safe cost 1000 as $$
begin
  return array_to_tsvector(array_remove(palaver.search_lexemes(p_words) || array[
    '=b' || (p_place >> 15), '=s' || (p_place >> 12), '=c' || p_conversation, '=a' || p_author,
    case when p_is_answer then '=answer' end, case when p_has_code then '=code' end], null));
end $$;

-- `place` is the order of the results. It stays when a message is edited, or deleted (then `words` is null) and
-- restored.
create table palaver.search (
  message_id      uuid primary key,
  place           bigint generated always as identity,
  conversation_id uuid not null,
  author_id       uuid not null,
  created_at      timestamptz not null,
  is_answer       boolean not null,
  has_code        boolean not null,
  words           text
) with (autovacuum_vacuum_insert_scale_factor = 0.05);

-- Every word once, for who knows only a part of it: any three letters, or the first one or two (marked with `=`).
create function palaver.search_parts(p_word text) returns text[] language sql immutable strict parallel safe as $$
  select array['=' || left(p_word, 1), '=' || left(p_word, 2)] || array(
    select distinct substr(p_word, n, 3) from generate_series(1, length(p_word) - 2) as n)
$$;
create table palaver.search_words (word text collate "C" primary key);

create function palaver.search_learn(p_text text) returns void language plpgsql as $$
declare
  v_is_plain boolean := octet_length(p_text) = length(p_text);
begin
  -- Nearly all words are known; sorted, two transactions that learn the same new ones do not wait for each other in turn.
  insert into palaver.search_words
  select w from (select distinct w collate "C" as w from unnest(palaver.search_lexemes(p_text)) as w) as words
  where length(w) > 1 and (v_is_plain or w !~ ('[' || palaver.search_dense() || ']'))
    and not exists (select from palaver.search_words as known where known.word = words.w)
  order by w on conflict do nothing;
end $$;

create function palaver.search_keep() returns trigger language plpgsql as $$
declare
  v_words text;
begin
  if tg_op = 'DELETE' then
    delete from palaver.search where message_id = old.id;
    return null;
  elsif new.status <> 'streaming' and new.deleted_at is null then
    v_words := palaver.search_text(new.content);
  end if;
  insert into palaver.search as s (message_id, conversation_id, author_id, created_at, is_answer, has_code, words)
  values (new.id, new.conversation_id, new.author_id, new.created_at, new.role = 'assistant',
          new.content ~ '`[^`\n]+`|(^|\n) {0,3}(```|~~~)', v_words)
  on conflict (message_id) do update set words = excluded.words, has_code = excluded.has_code;
  perform palaver.search_learn(v_words);
  return null;
end $$;

insert into palaver.search (message_id, conversation_id, author_id, created_at, is_answer, has_code, words)
select id, conversation_id, author_id, created_at, role = 'assistant', content ~ '`[^`\n]+`|(^|\n) {0,3}(```|~~~)',
       case when deleted_at is null then palaver.search_text(content) end
from palaver.messages where status <> 'streaming' order by created_at, id;
-- The most frequent words first, as they come first when they are learnt one message after the other.
insert into palaver.search_words
select w from (select unnest(palaver.search_lexemes(words)) collate "C" as w from palaver.search) as words
where length(w) > 1 and w !~ ('[' || palaver.search_dense() || ']') group by w order by count(*) desc;

-- Without a list of pending entries, which every search would have to read.
create index search_document on palaver.search
  using gin (palaver.search_document(place, conversation_id, author_id, is_answer, has_code, words))
  with (fastupdate = off) where words is not null;
create index search_age on palaver.search (created_at);
create index search_words_parts on palaver.search_words using gin (palaver.search_parts(word)) with (fastupdate = off);

create trigger search_new after insert on palaver.messages for each row
  when (new.status <> 'streaming') execute function palaver.search_keep();
create trigger search_changed after update of content, status, deleted_at on palaver.messages for each row
  when (old.content is distinct from new.content or old.status is distinct from new.status
        or old.deleted_at is distinct from new.deleted_at)
  execute function palaver.search_keep();
create trigger search_gone after delete on palaver.messages for each row execute function palaver.search_keep();
