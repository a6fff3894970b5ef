-- The audit log, newest first, for administrators. `p_after` is the id that the page before ended with.
create function api.audit_list(p_actor uuid, p_filter jsonb, p_after bigint, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.audit_page(p_filter, p_after, p_limit);
end $$;

-- The same for the command line, where the operator has every right.
create function api.audit_export(p_filter jsonb, p_after bigint, p_limit integer) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select internal.audit_page(p_filter, p_after, p_limit)
$$;

create function internal.audit_page(p_filter jsonb, p_after bigint, p_limit integer) returns jsonb
language plpgsql stable as $$
declare
  v_items jsonb;
  v_last bigint;
begin
  select coalesce(jsonb_agg(to_jsonb(a) order by a.id desc), '[]'), min(a.id) into v_items, v_last
  from (select * from palaver.audit
        where (p_after is null or id < p_after)
          and (p_filter ->> 'action' is null or action = p_filter ->> 'action' or starts_with(action, p_filter ->> 'action' || '.'))
          and (p_filter ->> 'actor' is null or lower(actor_name) = lower(p_filter ->> 'actor'))
          and (p_filter ->> 'since' is null or at >= (p_filter ->> 'since')::timestamptz)
          and (p_filter ->> 'until' is null or at < (p_filter ->> 'until')::timestamptz)
        order by id desc limit p_limit) as a;
  return jsonb_build_object('items', v_items, 'next', case when jsonb_array_length(v_items) = p_limit then v_last::text end);
end $$;

-- Something that no other function does, such as a refused sign-in.
create function api.audit_note(p_actor uuid, p_action text, p_target_kind text, p_target text, p_target_name text, p_details jsonb)
returns void language sql security definer set search_path = pg_temp as $$
  select internal.audit(p_actor, p_action, p_target_kind, p_target, p_target_name, p_details)
$$;
