-- A thread is read, up to a message or as far as it goes. Marks never go back.
create function api.thread_read(p_actor uuid, p_root uuid, p_message uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_root palaver.messages := internal.require_root(p_actor, p_root);
  v_last palaver.messages;
begin
  if p_message is not null then
    v_last := internal.require_message(p_actor, p_message);
    if v_last.root_id <> p_root then
      perform internal.fail('PV422', 'That message is in another thread; name one of this thread.');
    end if;
  end if;
  -- One after the other for one reader; whoever posts does not wait.
  perform 1 from palaver.topics where id = p_actor for update;
  return internal.say_read(p_actor, v_root.conversation_id, p_root, internal.mark_read(
    p_actor, v_root.conversation_id, p_root, coalesce(v_last.seq, 9223372036854775807)));
end $$;

-- Everything in a conversation is read.
create function api.conversation_read(p_actor uuid, p_conversation uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_had_unread boolean;
begin
  perform internal.require_member(p_actor, p_conversation);
  perform 1 from palaver.topics where id = p_actor for update;
  v_had_unread := exists (select from internal.unread_threads(p_actor, p_conversation));
  delete from palaver.reads where user_id = p_actor and conversation_id = p_conversation;
  update palaver.members m set read_seq = t.seq from palaver.topics t
  where t.id = p_conversation and m.conversation_id = p_conversation and m.user_id = p_actor and m.read_seq < t.seq;
  return internal.say_read(p_actor, p_conversation, null, v_had_unread);
end $$;

-- Move the mark of a thread; false when nothing of others lies between. In the same snapshot the mark of the whole
-- conversation moves to its newest event: threads that have something unread by then keep the old mark as a row of
-- their own. So rows are as many as threads with something unread, and a thread that nobody opens costs nothing more.
create function internal.mark_read(p_actor uuid, p_conversation uuid, p_root uuid, p_seq bigint) returns boolean
language plpgsql as $$
declare
  v_mark bigint := internal.read_mark(p_actor, p_conversation, p_root);
begin
  if not exists (select from palaver.messages m where m.root_id = p_root and m.seq > v_mark and m.seq <= p_seq
                 and m.author_id <> p_actor) then
    return false;
  end if;
  with head as (
    select t.seq as head, p.read_seq from palaver.topics t join palaver.members p on p.conversation_id = t.id
    where t.id = p_conversation and p.user_id = p_actor),
  rest as (
    select distinct m.root_id, h.read_seq from head h join palaver.messages m
      on m.conversation_id = p_conversation and m.seq > h.read_seq and m.seq <= h.head
    where m.author_id <> p_actor and m.root_id <> p_root),
  kept as (
    insert into palaver.reads (user_id, conversation_id, root_id, seq)
    select p_actor, p_conversation, root_id, read_seq from rest
    union all
    select p_actor, p_conversation, p_root, p_seq from head h where exists (
      select from palaver.messages m where m.root_id = p_root and m.seq > p_seq and m.seq <= h.head
        and m.author_id <> p_actor)
    on conflict (user_id, conversation_id, root_id) do update set seq = excluded.seq where excluded.root_id = p_root
    returning root_id),
  gone as (
    delete from palaver.reads where user_id = p_actor and conversation_id = p_conversation and root_id = p_root
      and not exists (select from kept where root_id = p_root))
  update palaver.members p set read_seq = greatest(p.read_seq, h.head) from head h
  where p.conversation_id = p_conversation and p.user_id = p_actor;
  return true;
end $$;

-- Where nobody else wrote since somebody's mark, it moves on with what he writes himself: else all of that would be looked
-- through whenever something is counted (measured: 8 ms for 10,000 messages).
create function internal.read_own(m palaver.members, p_seq bigint) returns void language sql as $$
  update palaver.members r set read_seq = p_seq
  where r.conversation_id = m.conversation_id and r.user_id = m.user_id and r.read_seq < p_seq and not exists (
    select from palaver.messages o where o.conversation_id = r.conversation_id and o.seq > r.read_seq and o.seq <= p_seq
      and o.author_id <> r.user_id)
$$;

-- Tell the reader's other windows, if anything changed; answers what is unread now.
create function internal.say_read(p_actor uuid, p_conversation uuid, p_root uuid, p_has_changed boolean) returns jsonb
language plpgsql as $$
declare
  v_said jsonb;
begin
  select jsonb_build_object(
    'conversation_id', p_conversation, 'root_id', p_root,
    'unread', coalesce(sum(u.unread) filter (where p_root is null or u.root_id = p_root), 0),
    'mentions', coalesce(sum(u.mentions) filter (where p_root is null or u.root_id = p_root), 0),
    'conversation_unread', coalesce(sum(u.unread), 0), 'conversation_mentions', coalesce(sum(u.mentions), 0),
    'seq', (select t.seq from palaver.topics t where t.id = p_conversation))
  into v_said from internal.unread_threads(p_actor, p_conversation) as u;
  if p_has_changed then
    perform internal.emit(p_actor, 'unread.update', v_said);
  end if;
  return v_said;
end $$;
