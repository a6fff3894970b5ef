-- The assistant that every installation starts with, and the model that it asks.
insert into palaver.users (kind, username, display_name)
select 'assistant', 'palaver', 'Palaver'
where not exists (select from palaver.users where kind = 'assistant');

insert into palaver.assistants (user_id) select id from palaver.users where kind = 'assistant' on conflict do nothing;

insert into palaver.providers (name, kind)
select 'This machine', 'local' where not exists (select from palaver.providers where kind = 'local');

insert into palaver.models (provider_id, name, is_default)
select id, 'local', true from palaver.providers p
where kind = 'local' and not exists (select from palaver.models where provider_id = p.id)
  and not exists (select from palaver.models where is_default) on conflict do nothing;

insert into palaver.topics (id) select id from palaver.users on conflict do nothing;

-- The topic that every signed-in stream hears: what concerns the whole server.
insert into palaver.topics (id) values ('00000000-0000-0000-0000-000000000000') on conflict do nothing;

-- Answers that waited already when models came into the database: they ask the default one.
update palaver.messages set model_id = (select id from palaver.models where is_default)
where model_id is null and id in (select message_id from palaver.jobs where provider_id is null);
update palaver.jobs set provider_id = (select provider_id from palaver.models where is_default)
where kind = 'answer' and provider_id is null;
