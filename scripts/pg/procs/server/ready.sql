-- Which files have been applied, for /readyz and the start-up check.
create function api.ledger() returns jsonb language sql stable security definer set search_path = pg_temp as $$
  select coalesce(jsonb_object_agg(file, digest), '{}') from palaver.ledger
$$;
