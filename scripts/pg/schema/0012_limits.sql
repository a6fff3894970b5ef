-- A profile says how much; an assignment says for which requests, counted by what.
create table palaver.limit_profiles (
  id          uuid primary key default palaver.new_id(),
  name        text not null unique check (length(name) between 1 and 80),
  algorithm   text not null default 'moving_window' check (algorithm in ('moving_window', 'gcra')),
  params      jsonb not null,
  description text,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);

create table palaver.limit_assignments (
  id           uuid primary key default palaver.new_id(),
  profile_id   uuid not null references palaver.limit_profiles,
  method       text not null check (method in ('*', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
  path_pattern text not null check (path_pattern ~ '^(/\S*|\*)$'),
  scope        text not null check (scope in ('user', 'ip', 'session', 'key')),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (method, path_pattern, scope)
);

-- The state of `conversation.post`, checked in the call that posts: theoretical arrival time of GCRA.
create table palaver.post_limits (
  user_id         uuid not null references palaver.users on delete cascade,
  conversation_id uuid not null references palaver.conversations on delete cascade,
  tat             timestamptz not null,
  primary key (user_id, conversation_id)
) with (fillfactor = 70);
