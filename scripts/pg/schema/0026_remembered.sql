-- Processes remember for some seconds who was let in. Whatever changes an answer of `api.session_load`, `api.key_load` or
-- `api.local_actor` is told to all of them by these triggers, so that no function can forget it, nor a change by plain SQL.
create function palaver.tell_access() returns trigger language plpgsql as $$
begin
  perform internal.access_changed(case tg_op when 'INSERT' then new.user_id else old.user_id end);
  return null;
end $$;

create function palaver.tell_access_of_user() returns trigger language plpgsql as $$
begin
  perform internal.access_changed(old.id);
  return null;
end $$;

create trigger users_tell after update on palaver.users
for each row when (old.* is distinct from new.*) execute function palaver.tell_access_of_user();
create trigger users_tell_end after delete on palaver.users
for each row execute function palaver.tell_access_of_user();

-- Being seen, and living on for that, changes nothing about who may what; a shorter life does.
create trigger sessions_tell after update on palaver.sessions
for each row when (new.expires_at < old.expires_at
                   or to_jsonb(old) - array['last_seen_at', 'expires_at', 'second_factor_tries']
                      is distinct from to_jsonb(new) - array['last_seen_at', 'expires_at', 'second_factor_tries'])
execute function palaver.tell_access();
create trigger sessions_tell_end after delete on palaver.sessions
for each row when (old.revoked_at is null) execute function palaver.tell_access();

create trigger api_keys_tell after update on palaver.api_keys
for each row when (to_jsonb(old) - 'last_used_at' is distinct from to_jsonb(new) - 'last_used_at')
execute function palaver.tell_access();
create trigger api_keys_tell_end after delete on palaver.api_keys
for each row execute function palaver.tell_access();

create trigger passkeys_tell after insert or delete on palaver.passkeys
for each row execute function palaver.tell_access();
