-- A passing event may concern several topics at once; each connection that hears any of them hears it once.
alter table palaver.outbox add column topics uuid[];

-- Who is there. Unlogged: it is written all the time, and after a crash of PostgreSQL the next signs of life fill it.
-- `seen_at` is the last sign of life, `active_at` the last one that said "online". `signs` has, for each of a person's
-- clients that are online, when it last said so (seconds); `places` the processes that hold streams of theirs.
create unlogged table palaver.presence (
  user_id   uuid primary key references palaver.users on delete cascade,
  status    text not null check (status in ('online', 'away', 'offline')),
  seen_at   timestamptz not null default now(),
  active_at timestamptz not null default '-infinity',
  signs     jsonb not null default '{}',
  places    text[] not null default '{}'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_threshold = 2000);

-- The web processes that live: a place that has not been heard of for a while holds nobody's stream any more.
create unlogged table palaver.presence_places (
  place   text primary key,
  beat_at timestamptz not null
);
