-- Write down one request to a model that has ended. `p_answers` is 1 when somebody got a new text from it.
create function internal.usage_enter(
  p_user uuid, p_assistant uuid, p_model uuid, p_kind text, p_ended text, p_answers integer,
  p_input bigint, p_output bigint, p_milliseconds bigint
) returns void language sql as $$
  insert into palaver.usage_entries (
    day, user_id, assistant_id, model_id, kind, user_name, assistant_name, model_name, answers, input_tokens, output_tokens,
    milliseconds, money, completed, cancelled, timed_out, interrupted, failed)
  values (
    (now() at time zone 'UTC')::date, p_user, p_assistant, p_model, p_kind,
    coalesce((select username from palaver.users where id = p_user), ''),
    coalesce((select username from palaver.users where id = p_assistant), ''),
    coalesce((select name from palaver.models where id = p_model), ''),
    p_answers, p_input, p_output, p_milliseconds, internal.price(p_model, p_input, p_output),
    (p_ended in ('stop', 'length'))::integer, (p_ended = 'cancelled')::integer, (p_ended = 'timeout')::integer,
    (p_ended = 'interrupted')::integer, (p_ended = 'error')::integer)
$$;

-- What so many tokens cost now.
create function internal.price(p_model uuid, p_input bigint, p_output bigint) returns numeric language sql stable as $$
  select coalesce((select (p_input * input_price + p_output * output_price) / 1000000 from palaver.models where id = p_model), 0)
$$;

-- A count that a stranger's server gives, or nothing when it is none.
create function internal.count_of(p_value jsonb) returns bigint language sql immutable as $$
  select case when jsonb_typeof(p_value) = 'number' then greatest(0, least(1000000000, trunc(p_value::numeric)))::bigint end
$$;

-- An answer has ended, in this transaction. What its server says of tokens counts, else what its writer counted
-- (`{input_tokens, output_tokens}`), else a guess from what was written. Who was never asked has used nothing, and what an
-- answer that went on had before is not counted again.
create function internal.answer_settle(j palaver.jobs, m palaver.messages, p_usage jsonb, p_counted jsonb) returns void
language plpgsql as $$
declare
  v_bytes bigint := octet_length(m.content) - j.kept_bytes;
  v_input bigint := internal.count_of(p_usage -> 'prompt_tokens');
  v_output bigint := internal.count_of(p_usage -> 'completion_tokens');
begin
  if j.attempts = 0 and j.usage is null then
    return;
  end if;
  if v_input is null and (v_bytes > 0 or m.finish_reason <> 'error') then
    v_input := coalesce(internal.count_of(p_counted -> 'input_tokens'),
                        case when v_bytes > 0 then internal.prompt_guess(m) end);
  end if;
  perform internal.usage_enter(
    j.requested_by, m.author_id, m.model_id, 'answer', m.finish_reason, (j.kept_bytes = 0 and v_bytes > 0)::integer,
    coalesce(v_input, 0), coalesce(v_output, internal.count_of(p_counted -> 'output_tokens'), (greatest(v_bytes, 0) + 2) / 3),
    coalesce(internal.count_of(to_jsonb(1000 * extract(epoch from clock_timestamp() - j.leased_at))), 0));
end $$;

-- At most how many tokens a prompt has: as many as its turns at three bytes a token, but no more than are ever given.
create function internal.prompt_guess(m palaver.messages) returns bigint language sql stable as $$
  with recursive bounds as (select max_prompt_tokens as most from palaver.answer_bounds),
  chain as (
    select q.parent_id, octet_length(q.content)::bigint as bytes, 1 as turns from palaver.messages q where q.id = m.parent_id
    union all
    select q.parent_id, c.bytes + octet_length(q.content), c.turns + 1
    from chain c join palaver.messages q on q.id = c.parent_id where c.bytes < 3 * (select most from bounds)),
  around as (
    select 300 + octet_length(m.content) + octet_length(c.instructions)
           + coalesce((select octet_length(a.system_prompt) from palaver.assistants a where a.user_id = m.author_id), 0) as bytes
    from palaver.conversations c where c.id = m.conversation_id)
  select least((select most from bounds), (select max(bytes + 24 * turns) from chain) / 3 + (select bytes from around) / 3)
$$;
