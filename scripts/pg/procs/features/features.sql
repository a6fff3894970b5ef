-- What administrators have switched while the server ran: `{name: enabled}`.
create function api.feature_list() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_object_agg(name, enabled), '{}') from palaver.features
$$;

create function api.feature_set(p_actor uuid, p_name text, p_enabled boolean) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.feature_set(p_actor, p_name, p_enabled);
end $$;

-- From the command line.
create function api.feature_switch(p_name text, p_enabled boolean) returns jsonb
language sql security definer set search_path = pg_temp as $$
  select internal.feature_set(null, p_name, p_enabled)
$$;

create function internal.feature_set(p_actor uuid, p_name text, p_enabled boolean) returns jsonb language plpgsql as $$
begin
  insert into palaver.features (name, enabled, updated_by) values (p_name, p_enabled, p_actor)
  on conflict (name) do update set enabled = p_enabled, updated_by = p_actor, updated_at = now();
  perform internal.audit(p_actor, 'feature.switched', 'feature', p_name, p_name, jsonb_build_object('enabled', p_enabled));
  perform internal.tell(internal.server_topic(), 'feature.changed', jsonb_build_object('name', p_name, 'enabled', p_enabled));
  return api.feature_list();
end $$;
