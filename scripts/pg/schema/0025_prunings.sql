-- How far each topic was forgotten. A reader whose place lies before `pos` on a topic that it hears has missed something
-- that can no longer be replayed; everybody else has not. A table of its own: pruning never waits for who posts.
create table palaver.prunings (
  topic_id uuid primary key,
  seq      bigint not null,
  pos      bigint not null
);
insert into palaver.prunings (topic_id, seq, pos)
select t.id, coalesce((select min(e.seq) from palaver.events e where e.topic_id = t.id) - 1, t.seq), s.pruned_pos
from palaver.topics t, palaver.server s where s.pruned_pos > 0;
