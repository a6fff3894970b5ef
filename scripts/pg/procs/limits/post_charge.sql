-- Charge a post to the profile `conversation.post`, per author and conversation, or refuse with PV429. GCRA: `tat` is the
-- time at which everything posted so far would be worked off at the pace of the profile; it may lie one burst ahead of now.
-- The row lock makes it exact; without the profile nothing is limited.
create function internal.post_charge(p_actor uuid, p_conversation uuid) returns void language plpgsql as $$
declare
  v_params jsonb := (select case algorithm when 'gcra' then params else jsonb_build_object('burst', params -> 'limit',
                              'requests_per_second', (params ->> 'limit')::numeric / (params ->> 'window_seconds')::numeric) end
                     from palaver.limit_profiles where name = 'conversation.post');
  v_now timestamptz := clock_timestamp();
  v_step interval;
  v_room interval;
  v_wait double precision;
begin
  if v_params is null then
    return;
  end if;
  v_step := make_interval(secs => (1 / (v_params ->> 'requests_per_second')::numeric)::double precision);
  v_room := v_step * (v_params ->> 'burst')::double precision;
  insert into palaver.post_limits as l (user_id, conversation_id, tat) values (p_actor, p_conversation, v_now + v_step)
  on conflict (user_id, conversation_id) do update set tat = greatest(l.tat, v_now) + v_step
  where greatest(l.tat, v_now) + v_step <= v_now + v_room;
  if not found then
    select extract(epoch from l.tat + v_step - v_room - v_now) into v_wait from palaver.post_limits l
    where l.user_id = p_actor and l.conversation_id = p_conversation;
    raise exception using errcode = 'PV429', message = 'You write faster than this server allows; wait a moment.',
      detail = jsonb_build_object('profile', 'conversation.post', 'limit', v_params -> 'burst', 'retry_after', v_wait,
                                  'reset', v_wait + extract(epoch from v_room - v_step))::text;
  end if;
end $$;
