-- A server of tools (MCP): a program of this machine, which only the operator sets up, or an address. `secrets` are encrypted:
-- the environment of the program, or the headers of requests; `secret_names` says which there are.
create table palaver.tool_servers (
  id           uuid primary key default palaver.new_id(),
  name         text not null check (name ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
  transport    text not null check (transport in ('stdio', 'http')),
  command      text[] not null default '{}',
  url          text not null default '' check (length(url) <= 2000),
  secrets      bytea,
  secret_names text[] not null default '{}',
  call_seconds real not null default 60 check (call_seconds between 1 and 3600),
  output_bytes integer not null default 16384 check (output_bytes between 256 and 262144),
  listed_at    timestamptz,
  error        text,
  disabled_at  timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  check ((transport = 'stdio') = (cardinality(command) > 0)),
  check ((transport = 'http') = (url <> ''))
);
create unique index tool_servers_name on palaver.tool_servers (name);

-- What a server said that it can, when it was last asked. A person approves each call unless an administrator says otherwise.
create table palaver.tools (
  server_id      uuid not null references palaver.tool_servers on delete cascade,
  name           text not null check (length(name) between 1 and 128),
  description    text not null default '' check (length(description) <= 8192),
  input_schema   jsonb not null default '{}' check (jsonb_typeof(input_schema) = 'object'),
  is_allowed     boolean not null default true,
  needs_approval boolean not null default true,
  gone_at        timestamptz,
  primary key (server_id, name)
);

-- Which assistant may use which server; `tools` null: all that are allowed.
create table palaver.assistant_tools (
  assistant_id uuid not null references palaver.assistants on delete cascade,
  server_id    uuid not null references palaver.tool_servers on delete cascade,
  tools        text[],
  primary key (assistant_id, server_id)
);
create index assistant_tools_server on palaver.assistant_tools (server_id);

-- A call that a model wants in an answer. `round`: those that it asked for at once; `text_length` is how much of the answer
-- stood before it, `name` what the model called the tool, `call_id` what it called the call.
create table palaver.tool_calls (
  id          uuid primary key default palaver.new_id(),
  message_id  uuid not null references palaver.messages on delete cascade,
  idx         integer not null,
  round       integer not null,
  text_length integer not null,
  call_id     text not null check (length(call_id) <= 256),
  name        text not null check (length(name) <= 256),
  server_id   uuid references palaver.tool_servers on delete set null,
  server      text not null default '',
  tool        text not null,
  arguments   text not null check (length(arguments) <= 65536),
  output      text check (length(output) <= 300000),
  status      text not null check (status in ('pending', 'approved', 'refused', 'running', 'done', 'failed')),
  decided_by  uuid references palaver.users on delete set null,
  created_at  timestamptz not null default now(),
  decided_at  timestamptz,
  started_at  timestamptz,
  finished_at timestamptz,
  unique (message_id, idx)
);
create index tool_calls_server on palaver.tool_calls (server_id) where server_id is not null;

-- An answer that waits for somebody to allow a call is in no queue until then.
alter table palaver.jobs add column waits_until timestamptz;
create index jobs_waits_until on palaver.jobs (waits_until) where waits_until is not null;
