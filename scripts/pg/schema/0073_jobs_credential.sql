-- What a request to /v1 came with: it ends when that is revoked.
alter table palaver.jobs add column session_id uuid, add column key_id uuid;
