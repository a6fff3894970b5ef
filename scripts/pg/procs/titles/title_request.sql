-- A thread whose first answer is complete is to get a title from the model that answered, when nobody gave it one: a job that
-- waits behind all answers. Answers whether there is one now.
create function api.title_request(p_answer uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_answer palaver.messages;
begin
  select * into v_answer from palaver.messages where id = p_answer and role = 'assistant' and status = 'complete';
  if not found or not internal.wants_title(v_answer) then
    return false;
  end if;
  insert into palaver.jobs (kind, subject, requested_by, provider_id, model_id)
  select 'title', v_answer.root_id, v_answer.requested_by, m.provider_id, m.id
  from palaver.models m where m.id = internal.model_still_there(v_answer.model_id) and v_answer.requested_by is not null
  on conflict do nothing;
  if not found then
    return false;
  end if;
  perform internal.tell(internal.server_topic(), 'job.new', '{}');
  return true;
end $$;

-- Is this the first answer of a thread without a title? So a title is tried once.
create function internal.wants_title(m palaver.messages) returns boolean language sql stable as $$
  select exists (select from palaver.threads where root_id = m.root_id and title is null) and not exists (
    select from palaver.messages o
    where o.root_id = m.root_id and o.role = 'assistant' and o.status = 'complete' and o.id <> m.id)
$$;
