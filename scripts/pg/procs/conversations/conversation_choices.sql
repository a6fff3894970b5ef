-- What somebody can choose from when he asks: the models that can be asked now, and the assistants of a conversation, or all of
-- them for one that is still to begin.
create function api.conversation_choices(p_actor uuid, p_conversation uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  if p_conversation is not null then
    perform internal.require_member(p_actor, p_conversation);
  end if;
  return jsonb_build_object(
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'is_default', m.is_default)
                                order by m.is_default desc, lower(m.name)), '[]')
      from palaver.models m join palaver.providers p on p.id = m.provider_id
      where m.disabled_at is null and p.disabled_at is null),
    'assistants', (
      select coalesce(jsonb_agg(internal.user_card(u) || jsonb_build_object('answers', a.answers)
                                order by u.created_at, u.id), '[]')
      from palaver.assistants a join palaver.users u on u.id = a.user_id and u.disabled_at is null
      where p_conversation is null or exists (
        select from palaver.members m where m.conversation_id = p_conversation and m.user_id = u.id and m.left_at is null)));
end $$;
