-- Who took a text away may bring it back; `purged_at` says that it was emptied for good. `requested_by` is who asked for
-- an answer. `mentions_all`: everybody in the conversation is meant.
alter table palaver.messages
  add column mentions_all boolean not null default false,
  add column requested_by uuid references palaver.users on delete set null,
  add column deleted_by uuid references palaver.users on delete set null,
  add column purged_at timestamptz;
create index messages_deleted on palaver.messages (deleted_at) where deleted_at is not null and purged_at is null;

-- The texts that a message had before, the first one with `n` 1.
create table palaver.message_edits (
  message_id uuid not null references palaver.messages on delete cascade,
  n          integer not null check (n >= 1),
  content    text not null,
  written_at timestamptz not null,
  edited_at  timestamptz not null default now(),
  primary key (message_id, n)
);

-- The branch of a thread that somebody looks at, as the message at its end. Without a row it is the newest one.
create table palaver.selections (
  user_id uuid not null references palaver.users on delete cascade,
  root_id uuid not null references palaver.messages on delete cascade,
  leaf_id uuid not null references palaver.messages on delete cascade,
  primary key (user_id, root_id)
);
create index selections_leaf on palaver.selections (leaf_id);

-- Some message of the thread has siblings, so that its people stand in different branches.
alter table palaver.threads add column is_forked boolean not null default false;
update palaver.threads t set is_forked = true
where exists (select from palaver.messages m where m.root_id = t.root_id and m.ordinal > 0);
