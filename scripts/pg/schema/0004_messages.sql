-- The only truth of the tree is `parent_id`. `seq` is the number of the message's event in its conversation, so it
-- orders messages as they were committed; `ordinal` is the place among the siblings, fixed at insertion.
create table palaver.messages (
  id              uuid primary key default palaver.new_id(),
  conversation_id uuid not null references palaver.conversations on delete cascade,
  root_id         uuid not null,
  parent_id       uuid,
  seq             bigint not null,
  depth           integer not null check (depth >= 1),
  ordinal         integer not null default 0,
  author_id       uuid not null references palaver.users,
  role            text not null check (role in ('user', 'assistant', 'system', 'tool')),
  content         text not null check (length(content) <= 262144),
  status          text not null default 'complete' check (status in ('complete', 'streaming', 'interrupted', 'failed')),
  mentions        uuid[] not null default '{}',
  client_id       uuid,
  finish_reason   text check (finish_reason in ('stop', 'length', 'cancelled', 'timeout', 'interrupted', 'error')),
  model           text,
  usage           jsonb,
  error           jsonb,
  created_at      timestamptz not null default now(),
  edited_at       timestamptz,
  deleted_at      timestamptz,
  unique (id, root_id),
  unique (conversation_id, seq),
  unique (author_id, client_id),
  check ((parent_id is null) = (id = root_id)),
  foreign key (root_id, root_id) references palaver.messages (id, root_id) on delete cascade,
  foreign key (parent_id, root_id) references palaver.messages (id, root_id) on delete cascade
);
create index messages_thread on palaver.messages (root_id, seq);
create unique index messages_siblings on palaver.messages (parent_id, ordinal) where parent_id is not null;
create index messages_streaming on palaver.messages (conversation_id) where status = 'streaming';

-- Counters of a thread, kept by the functions that write messages.
create table palaver.threads (
  root_id          uuid primary key references palaver.messages on delete cascade,
  conversation_id  uuid not null references palaver.conversations on delete cascade,
  title            text check (length(title) between 1 and 200),
  message_count    integer not null default 1,
  participants     uuid[] not null,
  last_activity_at timestamptz not null default now()
) with (fillfactor = 70);
create index threads_recent on palaver.threads (conversation_id, last_activity_at desc, root_id desc);

-- The pieces of an answer while it grows; pruned some time after it is finished.
create table palaver.message_chunks (
  message_id uuid not null references palaver.messages on delete cascade,
  idx        integer not null check (idx >= 0),
  content    text not null,
  primary key (message_id, idx)
);
