-- What models were asked for, by whom: one row a day (UTC), person, assistant (none for `/v1`), model and kind. Nothing here refers
-- to users or models, so that usage outlives them, under the names kept with it.
create table palaver.usage (
  day            date not null,
  user_id        uuid not null,
  assistant_id   uuid,
  model_id       uuid,
  kind           text not null check (kind in ('answer', 'completion', 'title', 'summary')),
  user_name      text not null,
  assistant_name text not null,
  model_name     text not null,
  answers        bigint not null,
  input_tokens   bigint not null,
  output_tokens  bigint not null,
  milliseconds   bigint not null,
  money          numeric not null,
  completed      bigint not null,
  cancelled      bigint not null,
  timed_out      bigint not null,
  interrupted    bigint not null,
  failed         bigint not null,
  unique nulls not distinct (day, user_id, assistant_id, model_id, kind)
);
create index usage_user on palaver.usage (user_id, day);

-- What has ended since `api.usage_fold` added up last: inserted and never updated, so that a hundred answers of one person end
-- without waiting for each other. Whoever reads usage adds these rows to the others, in the same statement.
create table palaver.usage_entries (like palaver.usage)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The same without persons, for budgets that count everybody together: few rows, whatever the number of people.
create table palaver.usage_days (
  day      date not null,
  model_id uuid,
  answers  bigint not null,
  tokens   bigint not null,
  money    numeric not null,
  unique nulls not distinct (day, model_id)
);

-- How much may be used. All of user, role and model that are given must match. With a user or a role each person is counted by
-- himself, otherwise everybody together.
create table palaver.budgets (
  id         uuid primary key default palaver.new_id(),
  user_id    uuid references palaver.users on delete cascade,
  role       text check (role in ('admin', 'member', 'read_only')),
  model_id   uuid references palaver.models on delete cascade,
  unit       text not null check (unit in ('tokens', 'money', 'answers')),
  period     text not null check (period in ('day', 'month')),
  amount     numeric not null check (amount between 0 and 1000000000000000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique nulls not distinct (user_id, role, model_id, unit, period)
);
create index budgets_model on palaver.budgets (model_id) where model_id is not null;

-- What running requests may still use; only those that a budget concerns have one. That of an answer goes with its job, whatever
-- ends it; others run out by themselves when their process died.
create table palaver.reservations (
  id            uuid primary key default palaver.new_id(),
  job_id        uuid unique references palaver.jobs on delete cascade,
  user_id       uuid not null references palaver.users on delete cascade,
  model_id      uuid references palaver.models on delete cascade,
  answers       integer not null,
  input_tokens  bigint not null,
  output_tokens bigint not null,
  money         numeric not null,
  expires_at    timestamptz
);
create index reservations_user on palaver.reservations (user_id);
create index reservations_model on palaver.reservations (model_id);

-- One row: the longest prompt and answer, as the configuration of the jobs worker says; what is reserved for an answer goes by it.
create table palaver.answer_bounds (
  singleton         boolean primary key default true check (singleton),
  max_prompt_tokens integer not null default 3072,
  max_answer_tokens integer not null default 1024
);
insert into palaver.answer_bounds default values;
