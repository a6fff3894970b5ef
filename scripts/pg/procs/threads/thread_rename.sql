-- Give a thread a title, or take it away (null): who began it may, and who runs the conversation.
create function api.thread_rename(p_actor uuid, p_root uuid, p_title text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_root palaver.messages := internal.require_root(p_actor, p_root);
  v_member palaver.members;
  v_thread palaver.threads;
  v_summary jsonb;
begin
  v_root := internal.message_lock(p_actor, p_root);
  v_member := internal.require_poster(p_actor, v_root.conversation_id);
  if v_root.author_id <> p_actor and v_member.role not in ('owner', 'admin') then
    perform internal.fail('PV403', 'Only the person who began this thread, or an owner or admin, can rename it.');
  end if;
  update palaver.threads set title = nullif(btrim(p_title), ''), title_from = '{}'
  where root_id = p_root and title is distinct from nullif(btrim(p_title), '') returning * into v_thread;
  if not found then
    return (select internal.thread_json(t) from palaver.threads t where t.root_id = p_root);
  end if;
  v_summary := internal.thread_json(v_thread);
  perform internal.emit(v_root.conversation_id, 'thread.updated', jsonb_build_object(
    'conversation_id', v_root.conversation_id, 'root_id', p_root, 'summary', v_summary));
  return v_summary;
end $$;

-- The first message of a thread that the actor may read, or 404.
create function internal.require_root(p_actor uuid, p_root uuid) returns palaver.messages language plpgsql stable as $$
declare
  v_root palaver.messages := internal.require_message(p_actor, p_root);
begin
  if v_root.parent_id is not null then
    perform internal.fail('PV404', 'That message is not the root of a thread; ask for its root_id.');
  end if;
  return v_root;
end $$;
