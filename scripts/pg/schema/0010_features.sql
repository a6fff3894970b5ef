-- Switches that an administrator has set while the server runs; a feature without a row has its default.
create table palaver.features (
  name       text primary key,
  enabled    boolean not null,
  updated_by uuid references palaver.users on delete set null,
  updated_at timestamptz not null default now()
);
