-- Who uses a server without accounts (feature auth_v1 off): one person at this machine.
alter table palaver.server add column local_user uuid references palaver.users on delete set null;
