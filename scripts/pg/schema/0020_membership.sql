-- A direct conversation is never left, only taken out of one's list: it stays out of it until something new is said on its
-- topic.
alter table palaver.members add column hidden_seq bigint;
create index members_joined on palaver.members (conversation_id, joined_at, user_id) where left_at is null;

-- Invitations to a conversation; only the hash of the token is stored.
create table palaver.conversation_invites (
  id              uuid primary key default palaver.new_id(),
  conversation_id uuid not null references palaver.conversations on delete cascade,
  token_hash      bytea not null unique check (length(token_hash) = 32),
  email           text check (length(email) between 3 and 254),
  role            text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_by      uuid not null references palaver.users on delete cascade,
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  accepted_at     timestamptz,
  accepted_by     uuid references palaver.users on delete set null,
  revoked_at      timestamptz
);
create index conversation_invites_place on palaver.conversation_invites (conversation_id, id);
create index conversation_invites_maker on palaver.conversation_invites (created_by, created_at);
