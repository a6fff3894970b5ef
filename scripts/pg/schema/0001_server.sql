-- Tables live in `palaver`, private functions in `internal`, what the run-time role may call in `api`.
create schema if not exists palaver;
create schema if not exists internal;
create schema if not exists api;

-- UUIDv7, RFC 9562 section 5.7: 48 bits of milliseconds, then 12 bits of the fraction (method 3), then random bits.
-- It stays here and not among the replaceable functions because column defaults depend on it.
create function palaver.new_id() returns uuid language sql volatile as $$
  select encode(
    substring(int8send(us / 1000) from 3)
    || int2send((28672 + (us % 1000) * 4096 / 1000)::smallint)
    || substring(uuid_send(gen_random_uuid()) from 9),
    'hex')::uuid
  from (select floor(extract(epoch from clock_timestamp()) * 1000000)::bigint as us) as clock
$$;

-- One row. `epoch` names this database's history: it changes when a backup is restored, so that a client's position in
-- another history is recognised. `pos` numbers every durable event of the server, in the order of publication.
create table palaver.server (
  singleton  boolean primary key default true check (singleton),
  epoch      text not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 8),
  pos        bigint not null default 0,
  pruned_pos bigint not null default 0,
  created_at timestamptz not null default now()
);
insert into palaver.server default values;
