-- Work that outlives the request that asked for it. A claimed job is leased: the holder of `lease` may write until
-- `lease_expires_at`, which it keeps pushing forward; a job whose lease ran out belongs to a dead process.
create table palaver.jobs (
  id                  uuid primary key default palaver.new_id(),
  kind                text not null check (kind in ('answer')),
  message_id          uuid not null unique references palaver.messages on delete cascade,
  requested_by        uuid not null references palaver.users,
  attempts            integer not null default 0,
  lease               uuid unique,
  lease_expires_at    timestamptz,
  cancel_requested_at timestamptz,
  created_at          timestamptz not null default now()
);
create index jobs_waiting on palaver.jobs (created_at) where lease is null;

-- One row: what the local model is doing, for every page to show.
create table palaver.model_status (
  singleton   boolean primary key default true check (singleton),
  name        text not null default '',
  state       text not null default 'external'
              check (state in ('none', 'external', 'waiting', 'fetching', 'loading', 'ready', 'failed')),
  detail      text not null default '',
  done_bytes  bigint not null default 0,
  total_bytes bigint not null default 0,
  updated_at  timestamptz not null default now()
);
insert into palaver.model_status default values;
