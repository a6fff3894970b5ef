-- People, by name, for administrators; `p_query` is a part of a name or an address, `p_after` the last name before.
create function api.user_page(p_actor uuid, p_query text, p_after text, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_items jsonb;
  v_last text;
begin
  perform internal.require_admin(p_actor);
  select coalesce(jsonb_agg(internal.user_json(u) order by lower(u.username)), '[]'), max(lower(u.username) collate "C")
  into v_items, v_last
  from (select * from palaver.users
        where kind = 'human' and (p_after is null or lower(username) collate "C" > p_after)
          and strpos(lower(concat_ws(' ', username, display_name, email, pending_email)), lower(p_query)) > 0
        order by lower(username) collate "C" limit p_limit) as u;
  return jsonb_build_object('items', v_items, 'next', case when jsonb_array_length(v_items) = p_limit then v_last end);
end $$;

-- One of them in full, for administrators.
create function api.user_details(p_actor uuid, p_user uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_user jsonb;
begin
  perform internal.require_admin(p_actor);
  select internal.user_json(u) into v_user from palaver.users u where id = p_user and kind = 'human';
  if not found then
    perform internal.fail('PV404', 'There is no such user.');
  end if;
  return v_user;
end $$;
