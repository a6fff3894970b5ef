-- All that comes before a request to /v1 can be sent on, in one call: what it asks for, its place in the queue, and what it may
-- use put aside. Answers `{found, turn, reservation}`; without `turn` when it has images that the model cannot look at.
-- `p_output`: the longest answer that it wants; null is the model's.
create function api.completion_ask(
  p_actor uuid, p_name text, p_has_images boolean, p_input bigint, p_output bigint, p_keep_seconds integer, p_local integer,
  p_reserve_seconds double precision
) returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_found jsonb := api.completion_find(p_actor, p_name);
  v_model uuid := v_found ->> 'model_id';
  v_turn jsonb;
begin
  if p_has_images and not v_found -> 'capabilities' ? 'vision' then
    return jsonb_build_object('found', v_found);
  end if;
  perform internal.budgets_lock(p_actor, array[v_model]);  -- not while others wait for the queue
  v_turn := internal.completion_begin(p_actor, v_model, (v_found ->> 'assistant_id')::uuid, p_keep_seconds, p_local);
  return jsonb_build_object('found', v_found, 'turn', v_turn, 'reservation', api.budget_reserve(
    p_actor, v_model, p_input, p_output, 1, (v_turn ->> 'id')::uuid, p_reserve_seconds));
end $$;
