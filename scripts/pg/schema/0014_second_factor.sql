alter table palaver.sessions
  -- How the second factor was shown in this session; who signs in with a passkey has shown two at once.
  add column second_factor text check (second_factor in ('totp', 'recovery_code', 'passkey')),
  -- Tries since the last right one; a few wrong ones end the session.
  add column second_factor_tries integer not null default 0;

-- Wrong codes in a row, over all sessions: whoever knows the password could begin one session after the other.
alter table palaver.users
  add column totp_refused integer not null default 0,
  add column totp_refused_at timestamptz;

-- Challenges that were answered. A challenge itself is signed and kept by the browser, so that nobody can fill a table by
-- asking for many; here it becomes useless after its first use.
create table palaver.passkey_challenges (
  challenge_hash bytea primary key check (length(challenge_hash) = 32),
  expires_at     timestamptz not null
);
