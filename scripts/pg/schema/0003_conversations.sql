-- A topic is a conversation or a user; it numbers its durable events 1, 2, 3 … under the lock of its own row, which
-- is also the lock that puts the messages of a conversation in order.
create table palaver.topics (
  id               uuid primary key,
  seq              bigint not null default 0,
  last_activity_at timestamptz not null default now()
) with (fillfactor = 50);

create table palaver.conversations (
  id          uuid primary key default palaver.new_id(),
  kind        text not null check (kind in ('assistant', 'group', 'direct')),
  title       text not null check (length(title) between 1 and 200),
  direct_key  text unique,
  created_by  uuid not null references palaver.users,
  client_id   uuid,
  created_at  timestamptz not null default now(),
  archived_at timestamptz,
  check ((kind = 'direct') = (direct_key is not null)),
  unique (created_by, client_id)
);

create table palaver.members (
  conversation_id uuid not null references palaver.conversations on delete cascade,
  user_id         uuid not null references palaver.users on delete cascade,
  role            text not null default 'member' check (role in ('owner', 'admin', 'member', 'viewer')),
  joined_at       timestamptz not null default now(),
  left_at         timestamptz,
  primary key (conversation_id, user_id)
);
create index members_user on palaver.members (user_id) where left_at is null;
