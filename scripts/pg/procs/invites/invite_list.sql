-- Invitations, newest first, for administrators.
create function api.invite_page(p_actor uuid, p_after uuid, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_items jsonb;
begin
  perform internal.require_admin(p_actor);
  select coalesce(jsonb_agg(internal.invite_json(t) order by t.id desc), '[]') into v_items
  from (select * from palaver.one_time_tokens where purpose = 'registration' and (p_after is null or id < p_after)
        order by id desc limit p_limit) as x
  join palaver.one_time_tokens t on t.id = x.id;
  return jsonb_build_object('items', v_items,
                            'next', case when jsonb_array_length(v_items) = p_limit then v_items -> -1 ->> 'id' end);
end $$;

-- Make an invitation useless; false when there is none that could still be accepted.
create function api.invite_revoke(p_actor uuid, p_invite uuid) returns boolean
language plpgsql security definer set search_path = pg_temp as $$
declare
  v_token palaver.one_time_tokens;
begin
  perform internal.require_admin(p_actor);
  update palaver.one_time_tokens t set revoked_at = now()
  where t.id = p_invite and t.purpose = 'registration' and internal.token_is_live(t) returning * into v_token;
  if v_token.id is null then
    return false;
  end if;
  perform internal.audit(p_actor, 'invite.revoked', 'invite', p_invite::text, v_token.email);
  return true;
end $$;
