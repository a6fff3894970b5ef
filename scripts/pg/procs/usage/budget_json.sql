-- The budgets that concern somebody, whatever the model, and how much is left of each for him.
create function api.budget_left(p_actor uuid) returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_agg(internal.budget_json(b, p_actor) order by b.unit, b.period, b.created_at, b.id), '[]')
  from palaver.budgets b
  where (b.user_id is null or b.user_id = p_actor)
    and (b.role is null or b.role = (select role from palaver.users where id = p_actor))
$$;

create function internal.budgets_json() returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(internal.budget_json(b, b.user_id) order by b.created_at, b.id), '[]') from palaver.budgets b
$$;

-- As it concerns this person; without one, `used` and `left` are those of everybody together.
create function internal.budget_json(b palaver.budgets, p_user uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', b.id, 'role', b.role, 'unit', b.unit, 'period', b.period, 'amount', b.amount, 'is_personal', internal.is_personal(b),
    'user', (select jsonb_build_object('id', u.id, 'username', u.username) from palaver.users u where u.id = b.user_id),
    'model', (select jsonb_build_object('id', m.id, 'name', m.name) from palaver.models m where m.id = b.model_id),
    'used', used, 'left', greatest(0, b.amount - used), 'begins_anew_at', internal.budget_ends(b),
    'title', internal.budget_title(b), 'created_at', b.created_at, 'updated_at', b.updated_at)
  from (select case when p_user is not null or not internal.is_personal(b) then internal.budget_used(b, p_user) end as used) as so_far
$$;

-- `5,000 tokens a day for every member, of the model x`.
create function internal.budget_title(b palaver.budgets) returns text language sql stable as $$
  select format('%s a %s for %s%s', internal.quantity(b.unit, b.amount), b.period,
    coalesce((select username from palaver.users where id = b.user_id)
             || coalesce(' while ' || internal.role_word(b.role), ''),
             'every ' || internal.role_word(b.role), 'everybody together'),
    coalesce(', of the model ' || (select name from palaver.models where id = b.model_id), ''))
$$;

create function internal.role_word(p_role text) returns text language sql immutable as $$
  select case p_role when 'admin' then 'administrator' when 'read_only' then 'reader' else p_role end
$$;
