-- What the local model is doing, for every page.
create function api.model_status() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select to_jsonb(s) - 'singleton' from palaver.model_status s
$$;

create function api.model_status_set(p_name text, p_state text, p_detail text, p_done bigint, p_total bigint)
returns jsonb language plpgsql security definer set search_path = pg_temp as $$
begin
  update palaver.model_status
  set name = p_name, state = p_state, detail = p_detail, done_bytes = p_done, total_bytes = p_total, updated_at = now();
  perform internal.tell(internal.server_topic(), 'model.status', api.model_status());
  return api.model_status();
end $$;
