-- What a token is good for, for who holds it; null when it is useless.
create function api.token_peek(p_hash bytea, p_purpose text) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select jsonb_build_object('email', t.email, 'role', t.role, 'username', u.username, 'expires_at', t.expires_at)
  from palaver.one_time_tokens t left join palaver.users u on u.id = t.user_id
  where t.token_hash = p_hash and t.purpose = p_purpose and internal.token_is_live(t)
$$;

-- Delete what is of no use any more: old tokens, and accounts whose address nobody has ever shown to be his.
create function api.token_prune() returns integer language plpgsql security definer set search_path = pg_temp as $$
declare
  v_count integer;
  v_users uuid[];
begin
  delete from palaver.one_time_tokens where expires_at < now() - interval '30 days';
  get diagnostics v_count = row_count;
  with gone as (
    delete from palaver.users where awaits_verification and created_at < now() - interval '7 days' returning id
  ) select coalesce(array_agg(id), '{}') into v_users from gone;
  delete from palaver.topics where id = any (v_users);
  return v_count + cardinality(v_users);
end $$;
