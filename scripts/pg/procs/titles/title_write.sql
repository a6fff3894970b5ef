-- What a title is made of: the first message of the thread, the question and its first answer. Null when none is needed any more.
create function api.title_begin(p_lease uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
  v_said jsonb;
begin
  select * into v_job from palaver.jobs where lease = p_lease and kind = 'title';
  if not found then
    return null;
  end if;
  with answer as (
    select a.id, a.parent_id from palaver.messages a
    where a.root_id = v_job.subject and a.role = 'assistant' and a.status = 'complete' order by a.seq limit 1)
  select jsonb_agg(jsonb_build_object('id', m.id, 'role', m.role, 'content', left(m.content, 2000)) order by m.seq) into v_said
  from palaver.messages m, answer where m.id in (v_job.subject, answer.parent_id, answer.id) and m.deleted_at is null;
  if v_said is null or not exists (select from palaver.threads where root_id = v_job.subject and title is null) then
    perform internal.job_drop(v_job);
    return null;
  end if;
  return jsonb_build_object('job_id', v_job.id, 'user_id', v_job.requested_by, 'said', v_said);
end $$;

-- The title that came of it; null leaves everything as it is. What was deleted meanwhile stays in no title, and one that somebody
-- gave stays. A conversation with an assistant that is called by its first question is called so, too.
create function api.title_finish(p_lease uuid, p_title text, p_from uuid[]) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
  v_thread palaver.threads;
  v_conversation uuid;
begin
  select * into v_job from palaver.jobs where lease = p_lease and kind = 'title' for update;
  if not found then
    return false;
  end if;
  select conversation_id into v_conversation from palaver.threads where root_id = v_job.subject;
  perform 1 from palaver.topics where id = v_conversation for update;
  perform internal.job_drop(v_job, case when p_title is null then 'error' else 'stop' end);
  if p_title is null or exists (select from palaver.messages where id = any (p_from) and deleted_at is not null) then
    return true;
  end if;
  update palaver.threads set title = p_title, title_from = p_from
  where root_id = v_job.subject and title is null returning * into v_thread;
  if found then
    perform internal.thread_tell(v_thread);
    perform internal.conversation_entitle(v_thread);
  end if;
  return true;
end $$;

-- The end of a title or summary, counted when a model was asked.
create function internal.job_drop(j palaver.jobs, p_finish_reason text default null) returns void language plpgsql as $$
begin
  delete from palaver.jobs where id = j.id;
  if p_finish_reason is not null then
    perform internal.job_counted(j, j.model_id, p_finish_reason, null);
  end if;
  perform internal.job_ended(j.provider_id);
end $$;

create function internal.thread_tell(t palaver.threads) returns void language sql as $$
  select internal.emit(t.conversation_id, 'thread.updated', jsonb_build_object(
    'conversation_id', t.conversation_id, 'root_id', t.root_id, 'summary', internal.thread_json(t)))
$$;

create function internal.conversation_entitle(t palaver.threads) returns void language plpgsql as $$
declare
  v_conversation palaver.conversations;
begin
  update palaver.conversations c set title = t.title, title_from = t.title_from
  where c.id = t.conversation_id and c.kind = 'assistant' and (c.title = initcap(c.kind) or exists (
    select from (select m.content from palaver.messages m where m.id = t.root_id
                 union all select e.content from palaver.message_edits e where e.message_id = t.root_id) as said
    where internal.is_title_of(c.title, said.content)))
  returning * into v_conversation;
  if found then
    perform internal.conversation_tell(v_conversation);
  end if;
end $$;
