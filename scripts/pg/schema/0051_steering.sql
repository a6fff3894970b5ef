-- Several answers that were asked for at once, to be compared: they share a question. `answer_ids` are those that were asked
-- for, `kept_id` is the one that somebody went on with, which ends it.
create table palaver.comparisons (
  id           uuid primary key default palaver.new_id(),
  question_id  uuid not null references palaver.messages on delete cascade,
  requested_by uuid references palaver.users on delete set null,
  answer_ids   uuid[] not null default '{}',
  kept_id      uuid references palaver.messages on delete set null,
  created_at   timestamptz not null default now(),
  ended_at     timestamptz
);
create index comparisons_question on palaver.comparisons (question_id);
create index comparisons_kept on palaver.comparisons (kept_id) where kept_id is not null;

-- `comparison_id`: shown beside the others, until one of them is kept. `version_of`: a thread has one root, so another version
-- of its first question begins a thread of its own; all versions name the first one, and `ordinal` is their order.
alter table palaver.messages
  add column comparison_id uuid references palaver.comparisons on delete set null,
  add column version_of uuid references palaver.messages on delete set null;
create index messages_comparison on palaver.messages (comparison_id) where comparison_id is not null;
create unique index messages_versions on palaver.messages (version_of, ordinal) where version_of is not null;

-- The end of the branch for who has chosen none: since an answer was kept, where it is. Null: the newest message.
alter table palaver.threads add column leaf_id uuid references palaver.messages on delete set null;
create index threads_leaf on palaver.threads (leaf_id) where leaf_id is not null;
