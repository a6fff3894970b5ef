-- What the model was given of the thread when something had to be left out: `{given, dropped, cut}`, in messages; `cut`: the
-- middle of the question, too.
alter table palaver.messages add column context jsonb;

-- A title that a model made, and the messages that it read for it: when one of them is deleted the title goes, too.
alter table palaver.threads add column title_from uuid[] not null default '{}';
alter table palaver.conversations add column title_from uuid[] not null default '{}';
