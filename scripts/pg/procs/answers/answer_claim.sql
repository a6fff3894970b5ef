-- Lease up to `p_limit` waiting answers. Each server of models has as many at once as it is allowed (`p_local`: so many for the
-- model of this machine, 0 for what it can take), whatever the number of workers. Two workers never take the same one.
-- Answers all that writing takes; `so_far` is the text that an answer goes on from, `api_key` is encrypted, in hexadecimal;
-- with `p_context_chars` also the `context` of each answer, so that it begins with one call.
create function api.answer_claim(
  p_limit integer, p_lease_seconds integer, p_local integer, p_context_chars integer default null
) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_claimed jsonb;
  v_jobs uuid[];
begin
  if not exists (select from palaver.jobs where lease is null and kind <> 'completion') then
    return '[]';
  end if;
  perform pg_advisory_xact_lock(internal.claim_lock());
  with next as (
    select j.id from palaver.jobs j join internal.job_turns(p_local) t on t.id = j.id
    where j.kind <> 'completion' and t.is_next
    order by t.place, j.created_at limit p_limit for update of j skip locked),
  leased as (
    update palaver.jobs j
    set lease = gen_random_uuid(), lease_expires_at = now() + p_lease_seconds * interval '1 second', leased_at = now(),
        attempts = attempts + 1
    from next where j.id = next.id and j.lease is null returning j.*)
  select coalesce(jsonb_agg(jsonb_build_object(
    'kind', l.kind, 'subject', l.subject, 'lease', l.lease, 'message_id', l.message_id,
    'conversation_id', m.conversation_id, 'root_id', m.root_id,
    'first_idx', l.first_idx, 'so_far', case when l.first_idx > 0 then internal.chunk_text(l.message_id) end,
    'asked', internal.asked_json(m.author_id, coalesce(m.model_id, l.model_id)))
    order by l.created_at), '[]'), array_agg(l.id)
  into v_claimed, v_jobs from leased l left join palaver.messages m on m.id = l.message_id;
  perform internal.turns_taken(v_jobs);
  if p_context_chars is not null then
    return (select coalesce(jsonb_agg(case c.job ->> 'kind' when 'answer' then c.job || jsonb_build_object(
              'context', api.answer_context((c.job ->> 'lease')::uuid, p_context_chars)) else c.job end order by c.n), '[]')
            from jsonb_array_elements(v_claimed) with ordinality as c (job, n));
  end if;
  return v_claimed;
end $$;

-- Which model is asked, where, and as which assistant.
create function internal.asked_json(p_assistant uuid, p_model uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'assistant', (select jsonb_build_object('id', a.user_id, 'system_prompt', a.system_prompt, 'temperature', a.temperature)
                  from palaver.assistants a where a.user_id = p_assistant),
    'model', (select internal.model_secret_json(o) from palaver.models o where o.id = p_model))
$$;

-- A model with all that asking it takes; for the processes of the server alone.
create function internal.model_secret_json(m palaver.models) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', m.id, 'name', m.name, 'remote_name', m.remote_name, 'context_tokens', m.context_tokens,
    'capabilities', m.capabilities, 'parameters', m.parameters, 'is_enabled', m.disabled_at is null and p.disabled_at is null,
    'provider', jsonb_build_object(
      'id', p.id, 'kind', p.kind, 'base_url', p.base_url, 'api_key', encode(p.api_key, 'hex'),
      'first_piece_seconds', p.first_piece_seconds, 'answer_seconds', p.answer_seconds))
  from palaver.providers p where p.id = m.provider_id
$$;
