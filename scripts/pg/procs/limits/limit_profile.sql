create function api.limit_profile_list(p_actor uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.limit_profiles();
end $$;

create function api.limit_profile_create(p_actor uuid, p_name text, p_algorithm text, p_params jsonb, p_description text)
returns jsonb language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  if exists (select from palaver.limit_profiles where name = btrim(p_name)) then
    perform internal.fail('PV409', 'There is a profile of this name already.');
  end if;
  return internal.limit_profile_set(p_actor, null, btrim(p_name), p_algorithm, p_params, p_description);
end $$;

-- `p_algorithm` null keeps the one it has.
create function api.limit_profile_update(p_actor uuid, p_profile uuid, p_algorithm text, p_params jsonb, p_description text)
returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_profile palaver.limit_profiles;
begin
  perform internal.require_admin(p_actor);
  v_profile := internal.require_limit_profile(p_profile);
  return internal.limit_profile_set(p_actor, p_profile, v_profile.name, coalesce(p_algorithm, v_profile.algorithm), p_params,
                                    p_description);
end $$;

create function api.limit_profile_delete(p_actor uuid, p_profile uuid) returns void
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  perform internal.limit_profile_drop(p_actor, internal.require_limit_profile(p_profile));
end $$;

-- The row stays locked, so that nobody assigns what is being deleted.
create function internal.require_limit_profile(p_profile uuid) returns palaver.limit_profiles language plpgsql as $$
declare
  v_profile palaver.limit_profiles;
begin
  select * into v_profile from palaver.limit_profiles where id = p_profile for update;
  if not found then
    perform internal.fail('PV404', 'There is no such profile.');
  end if;
  return v_profile;
end $$;

-- Make a profile (no id), or change one.
create function internal.limit_profile_set(
  p_actor uuid, p_profile uuid, p_name text, p_algorithm text, p_params jsonb, p_description text
) returns jsonb language plpgsql as $$
declare
  v_profile palaver.limit_profiles;
begin
  if not palaver.is_limit(p_algorithm, p_params) then
    perform internal.fail('PV422', case p_algorithm
      when 'gcra' then 'A profile of the algorithm gcra takes requests_per_second (0.0001 to 100000) and burst (1 to 1000000).'
      else 'A profile of the algorithm moving_window takes limit (1 to 1000000) and window_seconds (1 to 2678400).' end);
  end if;
  if p_profile is null then
    insert into palaver.limit_profiles (name, algorithm, params, description)
    values (p_name, p_algorithm, p_params, p_description) returning * into v_profile;
  else
    update palaver.limit_profiles set algorithm = p_algorithm, params = p_params, description = p_description,
      updated_at = now() where id = p_profile returning * into v_profile;
  end if;
  perform internal.audit(p_actor, 'limit.changed', 'limit_profile', v_profile.id::text, v_profile.name, jsonb_build_object(
    'change', case when p_profile is null then 'created' else 'updated' end, 'algorithm', p_algorithm, 'params', p_params));
  return to_jsonb(v_profile);
end $$;

create function internal.limit_profile_drop(p_actor uuid, p_profile palaver.limit_profiles) returns void
language plpgsql as $$
begin
  if exists (select from palaver.limit_assignments where profile_id = p_profile.id) then
    perform internal.fail('PV409', 'This profile is assigned; remove its assignments first.');
  end if;
  delete from palaver.limit_profiles where id = p_profile.id;
  perform internal.audit(p_actor, 'limit.changed', 'limit_profile', p_profile.id::text, p_profile.name,
                         jsonb_build_object('change', 'deleted'));
end $$;
