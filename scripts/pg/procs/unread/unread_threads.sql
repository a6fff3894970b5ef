-- The threads of a conversation in which something is unread for a user: what others said after his mark, and is not
-- deleted. The cost grows with what is unread, not with what was ever said. `mentions` are those that name him.
create function internal.unread_threads(p_user uuid, p_conversation uuid)
returns table (root_id uuid, unread integer, mentions integer) language plpgsql stable rows 10 as $$
declare
  v_read bigint := (select p.read_seq from palaver.members p
                    where p.conversation_id = p_conversation and p.user_id = p_user and p.left_at is null);
begin
  if v_read is null then
    return;
  end if;
  return query
  with marked as materialized (
    select r.root_id, r.seq from palaver.reads r where r.user_id = p_user and r.conversation_id = p_conversation),
  counted as (
    select m.root_id, count(*) as n from palaver.messages m
    where m.conversation_id = p_conversation and m.seq > v_read and m.author_id <> p_user and m.deleted_at is null
      and not exists (select from marked r where r.root_id = m.root_id)
    group by m.root_id
    union all
    select r.root_id, c.n from marked r cross join lateral (
      select count(*) as n from palaver.messages m
      where m.root_id = r.root_id and m.seq > r.seq and m.author_id <> p_user and m.deleted_at is null) as c
    where c.n > 0),
  naming as (
    select m.root_id from palaver.messages m
    where m.conversation_id = p_conversation and m.seq > v_read and m.author_id <> p_user and m.deleted_at is null
      and (m.mentions_all or m.mentions <> '{}') and (m.mentions_all or p_user = any (m.mentions))
      and not exists (select from marked r where r.root_id = m.root_id)
    union all
    select r.root_id from marked r join palaver.messages m on m.root_id = r.root_id and m.seq > r.seq
    where m.author_id <> p_user and m.deleted_at is null
      and (m.mentions_all or m.mentions <> '{}') and (m.mentions_all or p_user = any (m.mentions))),
  -- Counted once and not for each thread: of those there may be tens of thousands.
  named as (select n.root_id, count(*) as n from naming n group by n.root_id)
  select c.root_id, c.n::integer, coalesce(n.n, 0)::integer from counted c left join named n on n.root_id = c.root_id;
end $$;

-- What a conversation's place in a list says to one of its members. `seq`: the counts include everything up to it.
create function internal.unread_json(p_user uuid, p_conversation uuid) returns jsonb language plpgsql stable as $$
declare
  v_seq bigint;
  v_has_draft boolean;
  v_may_have_unread boolean;
  v_unread bigint;
  v_mentions bigint;
begin
  select t.seq, exists (select from palaver.drafts where conversation_id = p_conversation and user_id = p_user),
         t.seq > coalesce(p.read_seq, 0)
           or exists (select from palaver.reads where conversation_id = p_conversation and user_id = p_user)
  into v_seq, v_has_draft, v_may_have_unread
  from palaver.topics t left join palaver.members p on p.conversation_id = t.id and p.user_id = p_user
  where t.id = p_conversation;
  if v_may_have_unread then
    select sum(u.unread), sum(u.mentions) into v_unread, v_mentions
    from internal.unread_threads(p_user, p_conversation) as u;
  end if;
  return jsonb_build_object('unread', coalesce(v_unread, 0), 'mentions', coalesce(v_mentions, 0), 'seq', v_seq,
                            'has_draft', v_has_draft);
end $$;

-- Up to where somebody has read a thread.
create function internal.read_mark(p_user uuid, p_conversation uuid, p_root uuid) returns bigint
language sql stable as $$
  select coalesce(
    (select seq from palaver.reads where user_id = p_user and conversation_id = p_conversation and root_id = p_root),
    (select read_seq from palaver.members where user_id = p_user and conversation_id = p_conversation))
$$;
