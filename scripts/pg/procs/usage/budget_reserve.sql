-- Reserve what a request may use, in the transaction that begins it; null, or why not: `{code, message, retry_after}`. Only a
-- request that a budget concerns leaves a row.
create function internal.budget_take(r palaver.reservations) returns jsonb language plpgsql as $$
declare
  v_refusal jsonb;
begin
  if not internal.budgets_lock(r.user_id, array[r.model_id]) then
    return null;
  end if;
  with sums as materialized (
    select b, internal.budget_used(b, r.user_id) as used,
           internal.in_unit(b.unit, r.answers, r.input_tokens + r.output_tokens, r.money) as cost
    from internal.budgets_of(r.user_id, r.model_id) b)
  select internal.budget_refusal(b, used, cost) into v_refusal from sums
  where cost > 0 and used + cost > (b).amount order by (b).period = 'month' desc, (b).id limit 1;
  if v_refusal is null then
    insert into palaver.reservations select r.*;
  end if;
  return v_refusal;
end $$;

-- Two requests at once wait for each other here, so that not both get the last of it. What ends waits for nobody. Who reserves
-- for several models, or waits for something else as well, calls it for all of them first: always in one order, so that no two
-- wait for each other. False when no budget concerns them.
create function internal.budgets_lock(p_user uuid, p_models uuid[]) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock(place) from (
    select distinct hashtextextended(b.id::text || case when internal.is_personal(b) then p_user::text else '' end, 5) as place
    from unnest(p_models) as m cross join lateral internal.budgets_of(p_user, m) b order by 1) as places;
  return found;
end $$;

-- The same for an answer whose job was just made.
create function internal.answer_reserve(j palaver.jobs, m palaver.messages) returns jsonb language plpgsql as $$
declare
  r palaver.reservations;
begin
  if not exists (select from palaver.budgets) then
    return null;
  end if;
  r.id := palaver.new_id();
  r.job_id := j.id;
  r.user_id := j.requested_by;
  r.model_id := m.model_id;
  r.answers := (j.kept_bytes = 0)::integer;
  r.input_tokens := internal.prompt_guess(m);
  r.output_tokens := internal.longest_answer(m.model_id);
  r.money := internal.price(r.model_id, r.input_tokens, r.output_tokens);
  return internal.budget_take(r);
end $$;

create function internal.longest_answer(p_model uuid) returns bigint language sql stable as $$
  select coalesce((select internal.count_of(parameters -> 'max_tokens') from palaver.models where id = p_model),
                  (select max_answer_tokens from palaver.answer_bounds))
$$;

-- The same for any other request, such as one to /v1; refuses with PV429. It ends with its job, if it has one, or after
-- `p_seconds` at the latest. Answers null when no budget concerns it.
create function api.budget_reserve(
  p_user uuid, p_model uuid, p_input bigint, p_output bigint, p_answers integer, p_job uuid, p_seconds double precision
) returns uuid language plpgsql security definer set search_path = pg_temp as $$
declare
  r palaver.reservations;
  v_refusal jsonb;
begin
  if not exists (select from palaver.budgets) then
    return null;
  end if;
  r.id := palaver.new_id();
  r.user_id := p_user;
  r.model_id := p_model;
  r.answers := p_answers;
  r.input_tokens := p_input;
  r.output_tokens := coalesce(p_output, internal.longest_answer(p_model));
  r.money := internal.price(p_model, p_input, r.output_tokens);
  r.job_id := (select id from palaver.jobs where id = p_job);
  r.expires_at := case when r.job_id is null then now() + make_interval(secs => p_seconds) end;
  v_refusal := internal.budget_take(r);
  if v_refusal is not null then
    perform internal.budget_fail(v_refusal);
  end if;
  return (select id from palaver.reservations where id = r.id);
end $$;

-- What a request without a job has used; the reservation, if there was one, is over.
create function api.budget_settle(
  p_reservation uuid, p_user uuid, p_assistant uuid, p_model uuid, p_kind text, p_ended text,
  p_answers integer, p_input bigint, p_output bigint, p_milliseconds bigint
) returns void language sql security definer set search_path = pg_temp as $$
  delete from palaver.reservations where id = p_reservation;
  select internal.usage_enter(p_user, p_assistant, p_model, p_kind, p_ended, p_answers, p_input, p_output, p_milliseconds)
$$;

-- It has used nothing.
create function api.budget_release(p_reservation uuid) returns void
language sql security definer set search_path = pg_temp as $$
  delete from palaver.reservations where id = p_reservation
$$;
