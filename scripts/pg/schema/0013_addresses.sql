-- An address that somebody says is his stays aside until he has opened the link that was sent there: until then it
-- signs nobody in, and it keeps nobody else from using it.
alter table palaver.users
  add column pending_email text check (length(pending_email) between 3 and 254),
  -- Registered by himself and not yet shown that the address is his: cannot sign in.
  add column awaits_verification boolean not null default false;
create index users_pending_email on palaver.users (lower(pending_email)) where pending_email is not null;

-- What lists and addresses call a token, so that nobody needs to name the token itself.
alter table palaver.one_time_tokens add column id uuid not null unique default palaver.new_id();
create index one_time_tokens_registration on palaver.one_time_tokens (id) where purpose = 'registration';
