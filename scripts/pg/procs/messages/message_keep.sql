-- Go on with one of the answers that were compared: its branch is the one of everybody who has not chosen another, the others
-- become versions beside it. `growing` are those that need not be written to their end any more.
create function api.message_keep(p_actor uuid, p_message uuid) returns jsonb
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_message palaver.messages := internal.message_lock(p_actor, p_message);
  v_member palaver.members := internal.require_poster(p_actor, v_message.conversation_id);
  v_comparison palaver.comparisons;
begin
  select * into v_comparison from palaver.comparisons where p_message = any (answer_ids) and question_id = v_message.parent_id;
  if not found then
    perform internal.fail('PV422', 'This is no answer that is compared with others.');
  elsif v_comparison.ended_at is null then
    perform internal.require_may_keep(v_member, v_comparison, v_message);
    perform internal.comparison_end(p_actor, v_comparison, v_message);
  elsif v_comparison.kept_id is distinct from p_message then
    perform internal.fail('PV409', 'Another answer was kept already; this one stands beside it as another version.');
  end if;
  return jsonb_build_object(
    'message', internal.message_json(internal.require_message(p_actor, p_message)),
    'growing', (select coalesce(jsonb_agg(id), '[]') from palaver.messages
                where id = any (v_comparison.answer_ids) and id <> p_message and status = 'streaming'));
end $$;

create function internal.require_may_keep(p_member palaver.members, c palaver.comparisons, m palaver.messages) returns void
language plpgsql stable as $$
begin
  if c.requested_by is distinct from p_member.user_id and p_member.role not in ('owner', 'admin') then
    perform internal.fail('PV403', 'Only the person who asked, or an owner of the conversation, can keep one of these answers.');
  elsif m.deleted_at is not null then
    perform internal.fail('PV409', 'This answer was deleted; restore it before you keep it, or keep another one.');
  end if;
end $$;

-- Who stands at another of the answers, or was taken along below it, goes to the one that is kept; who has written there
-- himself has chosen it.
create function internal.comparison_end(p_actor uuid, c palaver.comparisons, m palaver.messages) returns void
language plpgsql as $$
declare
  v_leaf uuid := internal.newest_leaf(m.id);
begin
  update palaver.comparisons set kept_id = m.id, ended_at = now() where id = c.id;
  update palaver.messages set comparison_id = null where comparison_id = c.id;
  update palaver.threads set leaf_id = v_leaf where root_id = m.root_id;
  with recursive below as (
    select o.id, o.author_id from palaver.messages o where o.id = any (c.answer_ids) and o.id <> m.id
    union all
    select r.id, r.author_id from below b join palaver.messages r on r.parent_id = b.id)
  update palaver.selections s set leaf_id = v_leaf
  where s.root_id = m.root_id and s.leaf_id in (select id from below)
    and (s.user_id = p_actor or s.user_id not in (select author_id from below));
  perform internal.emit(m.conversation_id, 'comparison.ended', jsonb_build_object(
    'conversation_id', m.conversation_id, 'root_id', m.root_id, 'comparison_id', c.id, 'message_id', m.id));
end $$;
