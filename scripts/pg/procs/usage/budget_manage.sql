-- Budgets, for administrators; each request reads them anew, so that a change counts at once. `used` of a budget for a role is
-- another number for each person, and is left out here.
create function api.budget_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.budgets_json();
end $$;

create function api.budget_add(
  p_actor uuid, p_user uuid, p_role text, p_model uuid, p_unit text, p_period text, p_amount numeric
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.budget_add(p_actor, p_user, p_role, p_model, p_unit, p_period, p_amount);
end $$;

-- Another unit, period or amount; null keeps what it has.
create function api.budget_change(p_actor uuid, p_budget uuid, p_unit text, p_period text, p_amount numeric) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_old palaver.budgets;
  v_new palaver.budgets;
begin
  perform internal.require_admin(p_actor);
  v_old := internal.require_budget(p_budget);
  if exists (select from palaver.budgets b where b.id <> p_budget and (b.user_id, b.role, b.model_id) is not distinct from
             (v_old.user_id, v_old.role, v_old.model_id) and b.unit = coalesce(p_unit, v_old.unit)
             and b.period = coalesce(p_period, v_old.period)) then
    perform internal.fail('PV409', 'There is such a budget already; change that one.');
  end if;
  update palaver.budgets set unit = coalesce(p_unit, unit), period = coalesce(p_period, period),
    amount = coalesce(p_amount, amount), updated_at = now()
  where id = p_budget returning * into v_new;
  perform internal.audit(p_actor, 'budget.changed', 'budget', p_budget::text, internal.budget_title(v_new),
                         jsonb_build_object('from', internal.budget_title(v_old)));
  return internal.budget_json(v_new, v_new.user_id);
end $$;

create function api.budget_remove(p_actor uuid, p_budget uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  perform internal.budget_remove(p_actor, p_budget);
end $$;

-- The same from the command line, where the operator has every right: people and models by name.
create function api.budget_list_as_operator() returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select internal.budgets_json()
$$;

create function api.budget_add_as_operator(
  p_username text, p_role text, p_model text, p_unit text, p_period text, p_amount numeric
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user uuid := (select id from palaver.users where lower(username) = lower(p_username));
  v_model uuid := (select id from palaver.models where lower(name) = lower(p_model));
begin
  if p_username is not null and v_user is null then
    perform internal.fail('PV404', format('There is no user %s.', p_username));
  elsif p_model is not null and v_model is null then
    perform internal.fail('PV404', format('There is no model %s.', p_model));
  end if;
  return internal.budget_add(null, v_user, p_role, v_model, p_unit, p_period, p_amount);
end $$;

create function api.budget_remove_as_operator(p_budget uuid) returns void
language sql security definer set search_path = pg_temp as $$
  select internal.budget_remove(null, p_budget)
$$;

create function internal.budget_add(
  p_actor uuid, p_user uuid, p_role text, p_model uuid, p_unit text, p_period text, p_amount numeric
) returns jsonb language plpgsql as $$
declare
  v_budget palaver.budgets;
begin
  if p_user is not null and not exists (select from palaver.users where id = p_user and kind = 'human') then
    perform internal.fail('PV422', 'There is no such person; budgets are for people, not for assistants.');
  elsif p_model is not null and not exists (select from palaver.models where id = p_model) then
    perform internal.fail('PV422', 'There is no such model.');
  end if;
  insert into palaver.budgets (user_id, role, model_id, unit, period, amount)
  values (p_user, p_role, p_model, p_unit, p_period, p_amount) on conflict do nothing returning * into v_budget;
  if v_budget.id is null then
    perform internal.fail('PV409', 'There is such a budget already; change that one.');
  end if;
  perform internal.audit(p_actor, 'budget.added', 'budget', v_budget.id::text, internal.budget_title(v_budget));
  return internal.budget_json(v_budget, v_budget.user_id);
end $$;

create function internal.budget_remove(p_actor uuid, p_budget uuid) returns void language plpgsql as $$
declare
  v_budget palaver.budgets := internal.require_budget(p_budget);
begin
  delete from palaver.budgets where id = p_budget;
  perform internal.audit(p_actor, 'budget.removed', 'budget', p_budget::text, internal.budget_title(v_budget));
end $$;

create function internal.require_budget(p_budget uuid) returns palaver.budgets language plpgsql as $$
declare
  v_budget palaver.budgets;
begin
  select * into v_budget from palaver.budgets where id = p_budget for update;
  if not found then
    perform internal.fail('PV404', 'There is no such budget.');
  end if;
  return v_budget;
end $$;
