-- The assistant that every installation starts with.
insert into palaver.users (kind, username, display_name)
select 'assistant', 'palaver', 'Palaver'
where not exists (select from palaver.users where kind = 'assistant');

insert into palaver.topics (id) select id from palaver.users on conflict do nothing;

-- The topic that every signed-in stream hears: what concerns the whole server.
insert into palaver.topics (id) values ('00000000-0000-0000-0000-000000000000') on conflict do nothing;
