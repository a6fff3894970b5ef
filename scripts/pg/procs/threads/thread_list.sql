-- The threads of a conversation, last active first.
create function api.thread_list(p_actor uuid, p_conversation uuid, p_after text, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_at timestamptz := split_part(p_after, '|', 1)::timestamptz;
  v_id uuid := split_part(p_after, '|', 2)::uuid;
  v_items jsonb;
  v_next text;
begin
  perform internal.require_member(p_actor, p_conversation);
  with page as (
    select t, t.last_activity_at as at, t.root_id as id from palaver.threads t
    where t.conversation_id = p_conversation and (p_after is null or (t.last_activity_at, t.root_id) < (v_at, v_id))
    order by t.last_activity_at desc, t.root_id desc limit p_limit + 1),
  numbered as (select *, row_number() over (order by at desc, id desc) as n from page)
  select coalesce(jsonb_agg(internal.thread_json(t) || jsonb_build_object(
           'unread', coalesce(u.unread, 0), 'mentions', coalesce(u.mentions, 0), 'has_draft', d.place is not null)
           order by n) filter (where n <= p_limit), '[]'),
         case when count(*) > p_limit then max(format('%s|%s', at, id)) filter (where n = p_limit) end
  into v_items, v_next from numbered
  left join internal.unread_threads(p_actor, p_conversation) u on u.root_id = numbered.id
  left join palaver.drafts d on d.user_id = p_actor and d.place = numbered.id;
  return jsonb_build_object('items', v_items, 'next', v_next);
end $$;
