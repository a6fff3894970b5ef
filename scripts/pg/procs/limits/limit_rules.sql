-- Everything that is enforced, for the processes that enforce it and for the command line.
create function api.limit_rules() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object('profiles', internal.limit_profiles(), 'assignments', internal.limit_assignments())
$$;

create function internal.limit_profiles() returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(to_jsonb(p) order by p.name), '[]') from palaver.limit_profiles p
$$;

create function internal.limit_assignments() returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(internal.limit_assignment_json(a) order by a.path_pattern, a.method, a.scope), '[]')
  from palaver.limit_assignments a
$$;

create function internal.limit_assignment_json(a palaver.limit_assignments) returns jsonb language sql stable as $$
  select to_jsonb(a) || jsonb_build_object('profile_name', p.name) from palaver.limit_profiles p where p.id = a.profile_id
$$;
