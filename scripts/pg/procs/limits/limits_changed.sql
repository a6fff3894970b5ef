-- Tell every process at once. The notification goes out with this very commit and not through the outbox: it is rare, so
-- nobody minds that its commit waits for others, and plain SQL has nobody beside it who would wake a publisher.
create function internal.limits_changed() returns void language plpgsql as $$
begin
  perform pg_notify('palaver', internal.bus_line(null, internal.server_topic(), null, 'limits.changed', '{}'));
end $$;
