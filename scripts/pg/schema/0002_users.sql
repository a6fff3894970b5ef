-- People and assistants are both users, so that both can be members and authors.
create table palaver.users (
  id            uuid primary key default palaver.new_id(),
  kind          text not null default 'human' check (kind in ('human', 'assistant')),
  username      text not null check (username ~ '^[[:alnum:]][[:alnum:]._-]{0,31}$'),
  email         text check (length(email) between 3 and 254),
  display_name  text not null check (length(display_name) between 1 and 80),
  password_hash text,
  role          text not null default 'member' check (role in ('admin', 'member', 'read_only')),
  disabled_at   timestamptz,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
create unique index users_username on palaver.users (lower(username));
create unique index users_email on palaver.users (lower(email));

-- The token itself is never stored, only its SHA-256.
create table palaver.sessions (
  id                  uuid primary key default palaver.new_id(),
  user_id             uuid not null references palaver.users on delete cascade,
  token_hash          bytea not null unique check (length(token_hash) = 32),
  idle_seconds        integer not null check (idle_seconds > 0),
  created_at          timestamptz not null default now(),
  last_seen_at        timestamptz not null default now(),
  expires_at          timestamptz not null,
  absolute_expires_at timestamptz not null,
  revoked_at          timestamptz,
  user_agent          text not null default '',
  ip                  inet
);
create index sessions_user on palaver.sessions (user_id, created_at);
