-- Who did what to whom from where. Rows are only ever added: the trigger refuses everything else, also to the owner.
create table palaver.audit (
  id          bigint generated always as identity primary key,
  at          timestamptz not null default now(),
  actor_id    uuid,
  actor_name  text,
  action      text not null check (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
  target_kind text,
  target_id   text,
  target_name text,
  ip          inet,
  user_agent  text not null default '',
  session_id  uuid,
  key_id      uuid,
  request_id  text not null default '',
  details     jsonb not null default '{}'
);
create index audit_actor on palaver.audit (actor_id, id desc);
create index audit_action on palaver.audit (action, id desc);

create function palaver.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'PV403', message = 'The audit log can only be added to.';
end $$;
create trigger audit_append_only before update or delete or truncate on palaver.audit
for each statement execute function palaver.refuse_change();
