create function api.limit_assignment_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.limit_assignments();
end $$;

-- Assign a profile; what was assigned to the same requests and scope before is replaced.
create function api.limit_assign(p_actor uuid, p_profile uuid, p_method text, p_path text, p_scope text) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.limit_assign(p_actor, internal.require_limit_profile(p_profile), p_method, p_path, p_scope);
end $$;

create function api.limit_unassign(p_actor uuid, p_assignment uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  perform internal.limit_unassign(p_actor, p_assignment);
end $$;

create function internal.limit_assign(
  p_actor uuid, p_profile palaver.limit_profiles, p_method text, p_path text, p_scope text
) returns jsonb language plpgsql as $$
declare
  v_assignment palaver.limit_assignments;
begin
  if p_path !~ '^(/\S*|\*)$' then
    perform internal.fail('PV422', 'The path begins with / and has no spaces, or is * for every path.');
  end if;
  insert into palaver.limit_assignments (profile_id, method, path_pattern, scope)
  values (p_profile.id, p_method, p_path, p_scope)
  on conflict (method, path_pattern, scope) do update set profile_id = p_profile.id, updated_at = now()
  returning * into v_assignment;
  perform internal.limit_assignment_audit(p_actor, v_assignment, p_profile.name, 'assigned');
  return internal.limit_assignment_json(v_assignment);
end $$;

create function internal.limit_unassign(p_actor uuid, p_assignment uuid) returns void language plpgsql as $$
declare
  v_assignment palaver.limit_assignments;
begin
  delete from palaver.limit_assignments where id = p_assignment returning * into v_assignment;
  if not found then
    perform internal.fail('PV404', 'There is no such assignment.');
  end if;
  perform internal.limit_assignment_audit(p_actor, v_assignment,
    (select name from palaver.limit_profiles where id = v_assignment.profile_id), 'removed');
end $$;

create function internal.limit_assignment_audit(
  p_actor uuid, a palaver.limit_assignments, p_profile_name text, p_change text
) returns void language sql as $$
  select internal.audit(p_actor, 'limit.changed', 'limit_assignment', a.id::text, p_profile_name, jsonb_build_object(
    'change', p_change, 'method', a.method, 'path', a.path_pattern, 'scope', a.scope))
$$;
