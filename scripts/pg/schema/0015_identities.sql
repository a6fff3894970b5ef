-- The same subject of another issuer is somebody else: without the issuer, whoever enters another `oauth.oidc_issuer`
-- would hand accounts to strangers. `name` is how the account is called there.
alter table palaver.identities
  add column issuer text not null default '' check (length(issuer) <= 500),
  add column name text not null default '' check (length(name) <= 254),
  drop constraint identities_pkey,
  add primary key (provider, issuer, subject);

-- At most one of each provider a user.
drop index palaver.identities_user;
create unique index identities_user on palaver.identities (user_id, provider);

-- States that have come back from a provider: each counts once. They expire by themselves, so the rows may go.
create table palaver.identity_states (
  state_hash bytea primary key check (length(state_hash) = 32),
  expires_at timestamptz not null
);
