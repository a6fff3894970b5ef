-- What a waiting answer was last told of its place, and when: only what changed is told again.
alter table palaver.jobs add column told_place bigint, add column told_at timestamptz;

-- When it was whose turn at a server of models: among people who have as much being written, the one whose turn is longest
-- ago is next. Rows of more than an hour ago say nothing any more.
create table palaver.turns (
  provider_id uuid not null references palaver.providers on delete cascade,
  user_id     uuid not null references palaver.users on delete cascade,
  taken_at    timestamptz not null default now(),
  primary key (provider_id, user_id)
);

-- How every job ended, for /metrics. A row is only added, so that a hundred answers that end together do not wait for each
-- other; a jobs worker adds the rows up in `answer_counts` and drops them.
create table palaver.answer_ends (
  id            bigint generated always as identity primary key,
  kind          text not null,
  provider      text not null,
  model         text not null,
  finish_reason text not null,
  waited        real not null,
  first         real,
  whole         real not null,
  cancelled     real
);

-- `le` is the bucket of a histogram (not cumulative), `sum` its sum, a reason for `ended`.
create table palaver.answer_counts (
  metric   text not null,
  kind     text not null,
  provider text not null,
  model    text not null,
  label    text not null,
  value    double precision not null,
  primary key (metric, kind, provider, model, label)
);
