-- Keys for programs. The key itself is shown once; its SHA-256 is what is kept.
create table palaver.api_keys (
  id           uuid primary key default palaver.new_id(),
  user_id      uuid not null references palaver.users on delete cascade,
  name         text not null check (length(name) between 1 and 128),
  key_hash     bytea not null unique check (length(key_hash) = 32),
  prefix       text not null,
  scopes       text[] not null check (scopes <@ array['read', 'write', 'v1', 'admin'] and cardinality(scopes) > 0),
  created_at   timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz
);
create index api_keys_user on palaver.api_keys (user_id, created_at);
