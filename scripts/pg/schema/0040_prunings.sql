-- How far the log was forgotten is the furthest of its topics: pruning need not write it into the server's row, for which
-- every publisher waits.
create index prunings_pos on palaver.prunings (pos);
