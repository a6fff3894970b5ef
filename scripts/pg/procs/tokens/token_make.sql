-- A token that works once. Asking again for the same purpose makes the older one useless.
create function internal.token_make(
  p_hash bytea, p_purpose text, p_user uuid, p_email text, p_ttl integer, p_role text default null, p_by uuid default null
) returns palaver.one_time_tokens language plpgsql as $$
declare
  v_token palaver.one_time_tokens;
begin
  perform internal.token_revoke_of(p_user, p_purpose);
  insert into palaver.one_time_tokens (token_hash, purpose, user_id, email, role, created_by, expires_at)
  values (p_hash, p_purpose, p_user, p_email, p_role, p_by, now() + p_ttl * interval '1 second') returning * into v_token;
  return v_token;
end $$;

create function internal.token_revoke_of(p_user uuid, p_purpose text) returns void language sql as $$
  update palaver.one_time_tokens set revoked_at = now()
  where user_id = p_user and purpose = p_purpose and used_at is null and revoked_at is null
$$;

-- Has this user been sent as many links as anybody needs? So that nobody fills another's mailbox by asking.
create function internal.token_is_enough(p_user uuid, p_purpose text) returns boolean language sql stable as $$
  select count(*) >= 5 from palaver.one_time_tokens
  where user_id = p_user and purpose = p_purpose and created_at > now() - interval '10 minutes'
$$;

create function internal.token_is_live(t palaver.one_time_tokens) returns boolean language sql stable as $$
  select t.used_at is null and t.revoked_at is null and t.expires_at > now()
$$;

-- Use a token, or fail. Two at once: the second waits for the row and then finds it used.
create function internal.token_use(p_hash bytea, p_purpose text) returns palaver.one_time_tokens language plpgsql as $$
declare
  v_token palaver.one_time_tokens;
begin
  update palaver.one_time_tokens t set used_at = now()
  where t.token_hash = p_hash and t.purpose = p_purpose and internal.token_is_live(t) returning * into v_token;
  if not found then
    perform internal.fail('PV410', 'This link was used already, is too old, or was replaced by a newer one; ask for another.');
  elsif v_token.created_by is not null and not exists (
      select from palaver.users where id = v_token.created_by and role = 'admin' and disabled_at is null) then
    -- Or somebody whose rights were taken away could come back by an invitation that he had put aside.
    perform internal.fail('PV410', 'Who made this invitation may not invite any more; ask an administrator for another.');
  end if;
  return v_token;
end $$;
