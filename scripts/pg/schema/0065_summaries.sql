-- What somebody missed, told by a model to him alone. `sources` are the messages that it may be given, the oldest first, which
-- are its numbers, too; `missed` how many there were; it was given those from number `first` on. Kept for a day, the newest of
-- each place. Without `finished_at` it waits or is being written, as long as there is a job for it.
create table palaver.summaries (
  id              uuid primary key default palaver.new_id(),
  user_id         uuid not null references palaver.users on delete cascade,
  conversation_id uuid not null references palaver.conversations on delete cascade,
  root_id         uuid references palaver.messages on delete cascade,
  sources         uuid[] not null check (cardinality(sources) >= 1),
  missed          integer not null check (missed >= 1),
  first           integer not null default 1 check (first >= 1),
  content         text not null default '' check (length(content) <= 16384),
  error           jsonb,
  created_at      timestamptz not null default now(),
  finished_at     timestamptz
);
create unique index summaries_place on palaver.summaries (user_id, conversation_id, coalesce(root_id, conversation_id));
create index summaries_conversation on palaver.summaries (conversation_id);
create index summaries_root on palaver.summaries (root_id) where root_id is not null;
create index summaries_age on palaver.summaries (created_at);
