-- The budgets that concern what this person asks of this model.
create function internal.budgets_of(p_user uuid, p_model uuid) returns setof palaver.budgets language sql stable as $$
  select * from palaver.budgets b
  where (b.user_id is null or b.user_id = p_user) and (b.model_id is null or b.model_id = p_model)
    and (b.role is null or b.role = (select role from palaver.users where id = p_user))
$$;

-- Is each person counted by himself?
create function internal.is_personal(b palaver.budgets) returns boolean language sql immutable as $$
  select b.user_id is not null or b.role is not null
$$;

create function internal.in_unit(p_unit text, p_answers bigint, p_tokens bigint, p_money numeric) returns numeric
language sql immutable as $$
  select case p_unit when 'tokens' then p_tokens when 'money' then p_money else p_answers end
$$;

-- The day (UTC) on which a budget began to count.
create function internal.budget_began(b palaver.budgets) returns date language sql stable as $$
  select date_trunc(b.period, now() at time zone 'UTC')::date
$$;

-- When it begins anew.
create function internal.budget_ends(b palaver.budgets) returns timestamptz language sql stable as $$
  select (internal.budget_began(b) + ('1 ' || b.period)::interval) at time zone 'UTC'
$$;

-- How much of it is used, with what running requests have reserved. One statement, so that what ends meanwhile is counted once;
-- not a function of SQL, which would be planned again for each budget while others wait.
create function internal.budget_used(b palaver.budgets, p_user uuid) returns numeric language plpgsql stable as $$
declare
  v_began date := internal.budget_began(b);
  v_used numeric;
begin
  if internal.is_personal(b) then
    select sum(internal.in_unit(b.unit, u.answers, u.tokens, u.money)) into v_used from (
      select model_id, answers, input_tokens + output_tokens as tokens, money
      from palaver.usage where user_id = p_user and day >= v_began
      union all
      select model_id, answers, input_tokens + output_tokens, money
      from palaver.usage_entries where user_id = p_user and day >= v_began
      union all
      select model_id, answers, input_tokens + output_tokens, money
      from palaver.reservations where user_id = p_user and (expires_at is null or expires_at > now())) as u
    where b.model_id is null or u.model_id = b.model_id;
  else
    select sum(internal.in_unit(b.unit, u.answers, u.tokens, u.money)) into v_used from (
      select model_id, answers, tokens, money from palaver.usage_days where day >= v_began
      union all
      select model_id, answers, input_tokens + output_tokens, money from palaver.usage_entries where day >= v_began
      union all
      select model_id, answers, input_tokens + output_tokens, money
      from palaver.reservations where expires_at is null or expires_at > now()) as u
    where b.model_id is null or u.model_id = b.model_id;
  end if;
  return coalesce(v_used, 0);
end $$;

-- Why a request is refused: which budget, how much of it is left, and when it begins anew.
create function internal.budget_refusal(b palaver.budgets, p_used numeric, p_cost numeric) returns jsonb
language sql stable as $$
  select jsonb_build_object('code', 'PV.BUDGET.EXCEEDED',
    'retry_after', ceil(extract(epoch from internal.budget_ends(b) - now())),
    'message', case when p_used >= b.amount
      then format('%s is used up: %s.', internal.budget_name(b), internal.quantity(b.unit, p_used))
      else format('%s has %s left, and this may take %s.', internal.budget_name(b),
                  internal.quantity(b.unit, b.amount - p_used), internal.quantity(b.unit, p_cost)) end
      || to_char(internal.budget_ends(b) at time zone 'UTC', '" It begins anew on "FMDD FMMonth YYYY" at 00:00 UTC."'))
$$;

-- `Your budget of 5,000 tokens a day for the model x`.
create function internal.budget_name(b palaver.budgets) returns text language sql stable as $$
  select format('%s of %s a %s%s', case when internal.is_personal(b) then 'Your budget' else 'The budget of everybody together' end,
    internal.quantity(b.unit, b.amount), b.period,
    coalesce(' for the model ' || (select name from palaver.models where id = b.model_id), ''))
$$;

create function internal.quantity(p_unit text, p_amount numeric) returns text language sql immutable as $$
  select case p_unit when 'money' then to_char(p_amount, 'FM999,999,999,999,990.0099') || ' in money'
    else to_char(ceil(p_amount), 'FM999,999,999,999,990') || ' ' || case when p_amount = 1 then rtrim(p_unit, 's') else p_unit end end
$$;

-- Refuse with it; `detail` tells programs when to come again.
create function internal.budget_fail(p_refusal jsonb) returns void language plpgsql as $$
begin
  raise exception using errcode = 'PV429', message = p_refusal ->> 'message',
    detail = (p_refusal - 'message')::text;
end $$;
