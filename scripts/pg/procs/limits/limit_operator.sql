-- From the command line, where the operator has every right: profiles by name.
create function api.limit_set_as_operator(p_name text, p_algorithm text, p_params jsonb, p_description text) returns jsonb
language sql security definer set search_path = pg_temp as $$
  select internal.limit_profile_set(
    null, (select id from palaver.limit_profiles where name = p_name), p_name, p_algorithm, p_params,
    coalesce(p_description, (select description from palaver.limit_profiles where name = p_name)))
$$;

create function api.limit_assign_as_operator(p_name text, p_method text, p_path text, p_scope text) returns jsonb
language sql security definer set search_path = pg_temp as $$
  select internal.limit_assign(null, internal.require_limit_profile_named(p_name), p_method, p_path, p_scope)
$$;

create function api.limit_unassign_as_operator(p_assignment uuid) returns void
language sql security definer set search_path = pg_temp as $$
  select internal.limit_unassign(null, p_assignment)
$$;

create function api.limit_delete_as_operator(p_name text) returns void
language sql security definer set search_path = pg_temp as $$
  select internal.limit_profile_drop(null, internal.require_limit_profile_named(p_name))
$$;

create function internal.require_limit_profile_named(p_name text) returns palaver.limit_profiles language sql as $$
  select internal.require_limit_profile((select id from palaver.limit_profiles where name = p_name))
$$;
