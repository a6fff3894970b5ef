-- The number of the first piece that a job writes: 1 for an answer that goes on, whose text so far is piece 0.
alter table palaver.jobs add column first_idx integer not null default 0;
