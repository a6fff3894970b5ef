-- Rotation: the token changes now and then, and the one before it works for a few seconds more, so that requests which
-- were on their way are not thrown out.
alter table palaver.sessions
  add column previous_hash bytea unique check (length(previous_hash) = 32),
  add column rotated_at timestamptz not null default now(),
  add column rotation_reason text,
  add column method text not null default 'password',
  -- Something about the client changed: the password is asked for before anything else.
  add column suspicious_at timestamptz,
  -- The password was right, the second factor is still to come: until then the session opens nothing else.
  add column awaits_second_factor boolean not null default false;
