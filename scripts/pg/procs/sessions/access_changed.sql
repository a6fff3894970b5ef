-- Tell every process to forget what it remembers of a user, his sessions and keys. The notification goes out with this
-- very commit and not through the outbox: nothing may come between an end and its being known, not even the death of
-- the process that would have published it.
create function internal.access_changed(p_user uuid) returns void language plpgsql as $$
begin
  perform pg_notify('palaver', internal.bus_line(null, p_user, null, 'access.changed', jsonb_build_object('user_id', p_user)));
end $$;
