-- What somebody has read in a conversation: everything up to `read_seq`, except in the threads that have a row in
-- palaver.reads; of those, everything up to the row's own `seq`. Posting writes nothing here.
alter table palaver.members add column read_seq bigint not null default 0;
alter table palaver.members set (fillfactor = 80);
update palaver.members m set read_seq = t.seq from palaver.topics t where t.id = m.conversation_id;

create table palaver.reads (
  user_id         uuid not null,
  conversation_id uuid not null,
  root_id         uuid not null,
  seq             bigint not null,
  primary key (user_id, conversation_id, root_id),
  foreign key (conversation_id, user_id) references palaver.members on delete cascade
) with (fillfactor = 70);

-- Counting looks at an index alone.
create unique index messages_order on palaver.messages (conversation_id, seq) include (root_id, author_id, deleted_at);
alter table palaver.messages drop constraint messages_conversation_id_seq_key;
drop index palaver.messages_thread;
create index messages_thread on palaver.messages (root_id, seq) include (author_id, deleted_at);
create index messages_naming on palaver.messages (conversation_id, seq) where mentions_all or mentions <> '{}';
create index messages_naming_thread on palaver.messages (root_id, seq) where mentions_all or mentions <> '{}';

-- What is typed and not sent; `place` is the root of a thread, or a conversation for a new thread.
create table palaver.drafts (
  user_id         uuid not null references palaver.users on delete cascade,
  place           uuid not null,
  conversation_id uuid not null references palaver.conversations on delete cascade,
  content         text not null check (length(content) between 1 and 65536),
  updated_at      timestamptz not null default now(),
  primary key (user_id, place)
) with (fillfactor = 70);
create index drafts_recent on palaver.drafts (user_id, updated_at desc, place desc);
create index drafts_conversation on palaver.drafts (conversation_id, user_id);
