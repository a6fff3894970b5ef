-- What an account is beyond its name: how it looks to its owner, and how its owner proves who he is.
alter table palaver.users
  add column email_verified_at timestamptz,
  add column locale text not null default 'en' check (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  add column time_zone text not null default 'UTC' check (length(time_zone) between 1 and 64),
  add column theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
  add column password_changed_at timestamptz,
  -- Encrypted by the application; a secret without `totp_confirmed_at` is being set up and is not asked for.
  add column totp_secret bytea,
  add column totp_confirmed_at timestamptz,
  -- The last time step whose code was accepted: a code works once (RFC 6238, section 5.2).
  add column totp_step bigint not null default 0;

create table palaver.recovery_codes (
  user_id   uuid not null references palaver.users on delete cascade,
  code_hash bytea not null check (length(code_hash) = 32),
  used_at   timestamptz,
  primary key (user_id, code_hash)
);

-- WebAuthn credentials.
create table palaver.passkeys (
  id            uuid primary key default palaver.new_id(),
  user_id       uuid not null references palaver.users on delete cascade,
  credential_id bytea not null unique,
  public_key    bytea not null,
  sign_count    bigint not null default 0,
  name          text not null check (length(name) between 1 and 80),
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz
);
create index passkeys_user on palaver.passkeys (user_id);

-- Links that work once: an address to verify, a password to choose anew, an invitation to register. Only the hash of
-- the token is stored; asking again for the same purpose makes the older link useless.
create table palaver.one_time_tokens (
  token_hash bytea primary key check (length(token_hash) = 32),
  purpose    text not null check (purpose in ('verify_email', 'reset_password', 'registration')),
  user_id    uuid references palaver.users on delete cascade,
  email      text,
  role       text check (role in ('admin', 'member', 'read_only')),
  created_by uuid references palaver.users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at    timestamptz,
  revoked_at timestamptz
);
create index one_time_tokens_user on palaver.one_time_tokens (user_id, purpose);

-- Accounts elsewhere that may sign in here.
create table palaver.identities (
  provider   text not null,
  subject    text not null check (length(subject) between 1 and 255),
  user_id    uuid not null references palaver.users on delete cascade,
  email      text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (provider, subject)
);
create index identities_user on palaver.identities (user_id);
