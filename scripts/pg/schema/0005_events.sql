-- What a transaction wants to say waits in the outbox until `api.bus_publish` numbers it, logs it and notifies every
-- process. A row without `seq` is passing: it is notified and forgotten.
create table palaver.outbox (
  id       bigint generated always as identity primary key,
  topic_id uuid not null,
  seq      bigint,
  kind     text not null,
  payload  jsonb not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The log that reconnecting clients and lagging processes read.
create table palaver.events (
  pos        bigint primary key,
  topic_id   uuid not null,
  seq        bigint not null,
  kind       text not null,
  payload    jsonb not null,
  created_at timestamptz not null default now(),
  unique (topic_id, seq)
);
create index events_replay on palaver.events (topic_id, pos);
create index events_age on palaver.events using brin (created_at);
