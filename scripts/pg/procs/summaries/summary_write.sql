-- What a summary is made of. Null when nobody waits for it any more: then the job is gone.
create function api.summary_begin(p_lease uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
  v_summary palaver.summaries;
  v_said jsonb;
begin
  select * into v_job from palaver.jobs where lease = p_lease and kind = 'summary';
  if not found then
    return null;
  end if;
  select s.* into v_summary from palaver.summaries s
  join palaver.members m on m.conversation_id = s.conversation_id and m.user_id = s.user_id and m.left_at is null
  where s.id = v_job.subject;
  if found then
    select jsonb_agg(jsonb_build_object(
      'n', s.n, 'author', u.display_name, 'content', left(m.content, 4000), 'root_id', m.root_id,
      'thread', coalesce(t.title, case when r.deleted_at is null then left(r.content, 60) end, 'another thread')) order by s.n) into v_said
    from unnest(v_summary.sources) with ordinality as s (id, n) join palaver.messages m on m.id = s.id
    join palaver.users u on u.id = m.author_id join palaver.threads t on t.root_id = m.root_id
    join palaver.messages r on r.id = m.root_id
    where m.deleted_at is null;
  end if;
  if v_said is null then
    perform internal.job_drop(v_job);
    return null;
  end if;
  perform internal.summary_tell(v_summary);
  return jsonb_build_object('job_id', v_job.id, 'user_id', v_job.requested_by, 'said', v_said,
    'reader', (select display_name from palaver.users where id = v_summary.user_id));
end $$;

-- The text so far; false when the lease is lost.
create function api.summary_write(p_lease uuid, p_content text) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_summary palaver.summaries;
begin
  update palaver.summaries s set content = left(p_content, 16384) from palaver.jobs j
  where j.lease = p_lease and j.kind = 'summary' and s.id = j.subject returning s.* into v_summary;
  if not found then
    return false;
  end if;
  perform internal.summary_tell(v_summary);
  return true;
end $$;

-- The end of it: the text, or why there is none. `p_first` is the number of the oldest message that the model was given.
create function api.summary_finish(p_lease uuid, p_content text, p_first integer, p_error jsonb) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_job palaver.jobs;
  v_summary palaver.summaries;
begin
  select * into v_job from palaver.jobs where lease = p_lease and kind = 'summary' for update;
  if not found then
    return false;
  end if;
  perform 1 from palaver.topics where id = v_job.requested_by for update;
  update palaver.summaries set content = left(p_content, 16384), first = p_first, error = p_error, finished_at = now()
  where id = v_job.subject returning * into v_summary;
  perform internal.job_drop(v_job, case when p_error is null then 'stop' else 'error' end);
  if v_summary.id is not null then
    perform internal.emit(v_summary.user_id, 'summary.done', internal.summary_place(v_summary));
  end if;
  return true;
end $$;

-- Told to the reader alone, and without the text: who reads it asks for it, so that he still may is looked at then.
create function internal.summary_tell(s palaver.summaries) returns void language sql as $$
  select internal.tell(s.user_id, 'summary.progress', internal.summary_place(s))
$$;

create function internal.summary_place(s palaver.summaries) returns jsonb language sql immutable as $$
  select jsonb_build_object('id', s.id, 'conversation_id', s.conversation_id, 'root_id', s.root_id)
$$;
