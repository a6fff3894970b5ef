-- "Catch me up": have a model tell this reader what others said since he read the conversation, or one of its threads, last
-- (or since `p_after`: the mark moves while he looks at the page). One at a time for each place.
create function api.summary_request(p_actor uuid, p_conversation uuid, p_root uuid, p_after bigint) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_summary palaver.summaries;
  v_missed integer;
  v_sources uuid[];
begin
  perform internal.require_summary_place(p_actor, p_conversation, p_root);
  perform 1 from palaver.topics where id = p_actor for update;
  v_summary := internal.summary_at(p_actor, p_conversation, p_root);
  if v_summary.finished_at is null and exists (select from palaver.jobs where kind = 'summary' and subject = v_summary.id) then
    return internal.summary_json(v_summary);
  end if;
  select count(*), (array_agg(id order by seq desc))[:300] into v_missed, v_sources
  from internal.missed(p_actor, p_conversation, p_root, p_after);
  if v_missed = 0 then
    return internal.no_summary(p_conversation, p_root);
  end if;
  delete from palaver.summaries
  where user_id = p_actor and conversation_id = p_conversation and coalesce(root_id, conversation_id) = coalesce(p_root, p_conversation);
  insert into palaver.summaries (user_id, conversation_id, root_id, sources, missed)
  values (p_actor, p_conversation, p_root, array(select id from unnest(v_sources) with ordinality as s (id, n) order by n desc),
          v_missed)
  returning * into v_summary;
  insert into palaver.jobs (kind, subject, requested_by, provider_id, model_id)
  select 'summary', v_summary.id, p_actor, m.provider_id, m.id
  from (select) as one left join internal.model_for(internal.summarising_assistant(p_conversation)) m on true;
  perform internal.tell(internal.server_topic(), 'job.new', '{}');
  return internal.summary_json(v_summary);
end $$;

-- What a reader may ask about, or 404.
create function internal.require_summary_place(p_actor uuid, p_conversation uuid, p_root uuid) returns void
language plpgsql stable as $$
begin
  perform internal.require_member(p_actor, p_conversation);
  if p_root is not null and (internal.require_root(p_actor, p_root)).conversation_id <> p_conversation then
    perform internal.fail('PV404', 'There is no such thread in this conversation.');
  end if;
end $$;

-- What others said that this reader has not read and that can still be read.
create function internal.missed(p_user uuid, p_conversation uuid, p_root uuid, p_after bigint)
returns table (id uuid, seq bigint) language sql stable as $$
  with member as (
    select read_seq from palaver.members where conversation_id = p_conversation and user_id = p_user),
  marks as (
    select root_id, seq from palaver.reads
    where p_after is null and user_id = p_user and conversation_id = p_conversation),
  lowest as (
    select coalesce(p_after, least((select read_seq from member), (select min(seq) from marks))) as seq)
  select m.id, m.seq
  from palaver.messages m left join marks k on k.root_id = m.root_id
  where m.conversation_id = p_conversation and m.seq > (select seq from lowest)
    and m.seq > coalesce(p_after, k.seq, (select read_seq from member)) and (p_root is null or m.root_id = p_root)
    and m.author_id <> p_user and m.deleted_at is null and m.status <> 'streaming' and m.content <> ''
$$;

-- Whose model is asked: that of the assistant which the conversation has chosen, or which is in it longest, or else the default
-- one.
create function internal.summarising_assistant(p_conversation uuid) returns uuid language sql stable as $$
  select u.id from palaver.members p join palaver.users u on u.id = p.user_id
  where p.conversation_id = p_conversation and p.left_at is null and u.kind = 'assistant' and u.disabled_at is null
  order by u.id is distinct from (select assistant_id from palaver.conversations where id = p_conversation),
           p.joined_at, u.created_at, u.id limit 1
$$;
