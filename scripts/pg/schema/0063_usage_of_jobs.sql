-- What an answer that goes on had before, and what a job that waits for people has used so far: each is counted once.
alter table palaver.jobs
  add column kept_bytes integer not null default 0,
  add column usage jsonb;
