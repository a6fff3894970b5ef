-- A message that the actor may read and is about to change, under the lock of its conversation. What is asked after this
-- holds until commit: who is removed meanwhile, and what is archived, has waited or is seen here.
create function internal.message_lock(p_actor uuid, p_message uuid) returns palaver.messages language plpgsql as $$
declare
  v_message palaver.messages := internal.require_message(p_actor, p_message);
begin
  perform 1 from palaver.topics where id = v_message.conversation_id for update;
  v_message := internal.require_message(p_actor, p_message);
  -- Emptying a deleted message for good takes the lock of its row alone.
  select * into v_message from palaver.messages where id = p_message for no key update;
  return v_message;
end $$;
