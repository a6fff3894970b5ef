-- Allow or refuse a call: who asked for the answer may, and who runs the conversation. When nothing is left to decide, the
-- answer goes on.
create function api.tool_call_decide(p_actor uuid, p_call uuid, p_is_allowed boolean) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_call palaver.tool_calls;
  v_message palaver.messages;
  v_member palaver.members;
  v_job palaver.jobs;
begin
  v_call := internal.require_tool_call(p_actor, p_call);
  select * into v_message from palaver.messages where id = v_call.message_id;
  v_member := internal.require_writer(p_actor, v_message.conversation_id);
  select * into v_job from palaver.jobs where message_id = v_call.message_id for update;
  perform 1 from palaver.topics where id = v_message.conversation_id for update;
  v_member := internal.require_writer(p_actor, v_message.conversation_id);
  if v_job.requested_by is distinct from p_actor and v_message.requested_by is distinct from p_actor
     and v_member.role not in ('owner', 'admin') then
    perform internal.fail('PV403', 'Only the person who asked, or an owner of the conversation, can decide about this call.');
  end if;
  v_call := internal.require_tool_call(p_actor, p_call);
  if v_call.status <> 'pending' then
    perform internal.fail('PV409', 'This call has been decided already.');
  end if;
  if p_is_allowed then
    perform internal.tool_call_move(p_call, 'approved', null, p_actor);
  else
    perform internal.tool_call_move(p_call, 'refused', 'A person refused this call.', p_actor);
  end if;
  perform internal.tool_calls_go_on(v_job);
  return (select internal.tool_call_json(c) from palaver.tool_calls c where c.id = p_call);
end $$;

-- A call of a message that the actor may read, or 404.
create function internal.require_tool_call(p_actor uuid, p_call uuid) returns palaver.tool_calls
language plpgsql stable as $$
declare
  v_call palaver.tool_calls;
begin
  select c.* into v_call from palaver.tool_calls c
  join palaver.messages m on m.id = c.message_id and m.deleted_at is null
  join palaver.members p on p.conversation_id = m.conversation_id and p.user_id = p_actor and p.left_at is null
  where c.id = p_call;
  if not found then
    perform internal.fail('PV404', 'There is no such call of a tool, or you may not see it.');
  end if;
  return v_call;
end $$;

-- Back into the queue, once everything is decided.
create function internal.tool_calls_go_on(p_job palaver.jobs) returns void language plpgsql as $$
begin
  update palaver.jobs set waits_until = null, attempts = 0
  where id = p_job.id and waits_until is not null
    and not exists (select from palaver.tool_calls where message_id = p_job.message_id and status = 'pending');
  if found then
    perform internal.tell(internal.server_topic(), 'job.new', '{}');
  end if;
end $$;

-- What nobody has decided in time is refused, and the answer goes on.
create function internal.tool_calls_expire() returns void language plpgsql as $$
declare
  v_job palaver.jobs;
begin
  for v_job in select * from palaver.jobs where waits_until < now() for update skip locked loop
    perform 1 from palaver.topics t join palaver.messages m on m.conversation_id = t.id
    where m.id = v_job.message_id for update of t;
    perform internal.tool_call_move(id, 'refused', 'Nobody allowed this call in time.')
    from palaver.tool_calls where message_id = v_job.message_id and status = 'pending';
    perform internal.tool_calls_go_on(v_job);
  end loop;
end $$;
