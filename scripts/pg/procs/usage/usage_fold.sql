-- Add what has ended to the rows of its day, and forget reservations of processes that died; answers how many had ended.
-- Whoever writes answers does it, and says how long prompts and answers may be.
create function api.usage_fold(p_prompt integer, p_answer integer) returns bigint language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count bigint;
begin
  if not pg_try_advisory_xact_lock(internal.fold_lock()) then
    return 0;
  end if;
  update palaver.answer_bounds set max_prompt_tokens = p_prompt, max_answer_tokens = p_answer
  where (max_prompt_tokens, max_answer_tokens) is distinct from (p_prompt, p_answer);
  delete from palaver.reservations where expires_at < now();
  with taken as (delete from palaver.usage_entries returning *),
  together as (
    insert into palaver.usage_days as d
    select day, model_id, sum(answers), sum(input_tokens + output_tokens), sum(money) from taken group by 1, 2
    on conflict (day, model_id) do update
    set answers = d.answers + excluded.answers, tokens = d.tokens + excluded.tokens, money = d.money + excluded.money),
  each as (
    insert into palaver.usage as u
    select day, user_id, assistant_id, model_id, kind, max(user_name), max(assistant_name), max(model_name), sum(answers),
           sum(input_tokens), sum(output_tokens), sum(milliseconds), sum(money), sum(completed), sum(cancelled), sum(timed_out),
           sum(interrupted), sum(failed)
    from taken group by 1, 2, 3, 4, 5
    on conflict (day, user_id, assistant_id, model_id, kind) do update
    set answers = u.answers + excluded.answers, input_tokens = u.input_tokens + excluded.input_tokens,
        output_tokens = u.output_tokens + excluded.output_tokens, milliseconds = u.milliseconds + excluded.milliseconds,
        money = u.money + excluded.money, completed = u.completed + excluded.completed,
        cancelled = u.cancelled + excluded.cancelled, timed_out = u.timed_out + excluded.timed_out,
        interrupted = u.interrupted + excluded.interrupted, failed = u.failed + excluded.failed,
        user_name = excluded.user_name, assistant_name = excluded.assistant_name, model_name = excluded.model_name)
  select count(*) into v_count from taken;
  return v_count;
end $$;

create function internal.fold_lock() returns bigint language sql immutable as $$
  select 7230194411::bigint
$$;
