-- Somebody is writing, in a thread or about to begin one (`p_root` null). Told to who listens now, until `expires_at`,
-- in conversations that are not too large; nothing is kept.
create function api.typing_tell(p_actor uuid, p_conversation uuid, p_root uuid, p_seconds integer, p_most integer)
returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_told jsonb;
begin
  perform set_config('synchronous_commit', 'off', true);
  perform internal.require_poster(p_actor, p_conversation);
  if p_root is not null and not exists (
      select from palaver.threads where root_id = p_root and conversation_id = p_conversation) then
    perform internal.fail('PV404', 'There is no such thread in this conversation.');
  end if;
  v_told := jsonb_build_object('conversation_id', p_conversation, 'root_id', p_root, 'user_id', p_actor,
                               'expires_at', now() + least(greatest(p_seconds, 1), 10) * interval '1 second');
  if internal.presence_is_told(p_conversation, p_most) then
    perform internal.tell(p_conversation, 'typing.update', v_told);
  end if;
  return v_told;
end $$;
