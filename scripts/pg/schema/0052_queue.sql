-- A job whose server of models, or whose model, is deleted stays, so that its answer ends with a sentence. A waiting request to
-- /v1 has no lease yet but must show a sign of life, too: `lease_expires_at`. `leased_at` is when its writing began.
alter table palaver.jobs
  drop constraint jobs_provider_id_fkey,
  drop constraint jobs_model_id_fkey,
  add constraint jobs_provider_id_fkey foreign key (provider_id) references palaver.providers on delete set null,
  add constraint jobs_model_id_fkey foreign key (model_id) references palaver.models on delete set null,
  add column leased_at timestamptz;
