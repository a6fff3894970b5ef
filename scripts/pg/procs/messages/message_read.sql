create function api.message_get(p_actor uuid, p_message uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  return internal.message_json(internal.require_message(p_actor, p_message));
end $$;

-- The pieces of an answer from number `p_from` on. When they have been pruned the whole text is piece 0.
create function api.message_chunks(p_actor uuid, p_message uuid, p_from integer, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.require_message(p_actor, p_message);
begin
  if v_message.deleted_at is not null then
    return '[]';
  elsif not exists (select from palaver.message_chunks where message_id = p_message) then
    return case when p_from > 0 or v_message.content = '' then '[]'
           else jsonb_build_array(jsonb_build_object('message_id', p_message, 'idx', 0, 'content', v_message.content)) end;
  end if;
  return coalesce((select jsonb_agg(to_jsonb(c) order by c.idx) from (
    select * from palaver.message_chunks where message_id = p_message and idx >= p_from order by idx limit p_limit) c), '[]');
end $$;
