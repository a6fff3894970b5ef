-- Who serves models: a server with an OpenAI-compatible API. The one of the kind `local` has no address here; it is the model
-- of this machine, or what `llm.base_url` names. `api_key` is encrypted. Limits that are null are those of the configuration.
create table palaver.providers (
  id                  uuid primary key default palaver.new_id(),
  name                text not null check (length(name) between 1 and 64),
  kind                text not null check (kind in ('local', 'ollama', 'vllm', 'llama.cpp', 'openai')),
  base_url            text not null default '' check (length(base_url) <= 2000),
  api_key             bytea,
  max_concurrent      integer check (max_concurrent between 1 and 10000),
  first_piece_seconds real check (first_piece_seconds between 1 and 3600),
  answer_seconds      real check (answer_seconds between 1 and 86400),
  disabled_at         timestamptz,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  check ((kind = 'local') = (base_url = ''))
);
create unique index providers_name on palaver.providers (lower(name));
create unique index providers_local on palaver.providers (kind) where kind = 'local';

-- A model that can be asked. `name` is ours (and what `/v1` calls it), `remote_name` what its server calls it; empty takes the
-- first that the server lists. Prices are in money for a million tokens. `parameters` go with every request.
create table palaver.models (
  id             uuid primary key default palaver.new_id(),
  provider_id    uuid not null references palaver.providers on delete cascade,
  name           text not null check (name ~ '^[^[:space:]]{1,128}$'),
  remote_name    text not null default '' check (length(remote_name) <= 256),
  context_tokens integer check (context_tokens between 256 and 100000000),
  capabilities   text[] not null default '{}',
  parameters     jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object'),
  input_price    numeric(14, 6) not null default 0 check (input_price >= 0),
  output_price   numeric(14, 6) not null default 0 check (output_price >= 0),
  is_default     boolean not null default false,
  disabled_at    timestamptz,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);
create unique index models_name on palaver.models (lower(name));
create unique index models_default on palaver.models (is_default) where is_default;
create index models_provider on palaver.models (provider_id);

-- What makes a user of the kind `assistant` answer. Without a model it asks the default one; an empty prompt is the one of the
-- configuration. `answers`: always; when its name is mentioned; then, and when somebody replies to it; never by itself.
create table palaver.assistants (
  user_id       uuid primary key references palaver.users on delete cascade,
  model_id      uuid references palaver.models on delete set null,
  system_prompt text not null default '' check (length(system_prompt) <= 32768),
  temperature   real check (temperature between 0 and 2),
  answers       text not null default 'mentioned' check (answers in ('always', 'mentioned', 'replied', 'never')),
  updated_at    timestamptz not null default now()
);
create index assistants_model on palaver.assistants (model_id);

-- A picture of one or two characters.
alter table palaver.users add column avatar text not null default '' check (length(avatar) <= 16);

-- Which of its assistants a conversation asks when none is mentioned (null: the oldest), and what all of them are told there.
alter table palaver.conversations
  add column assistant_id uuid references palaver.users on delete set null,
  add column instructions text not null default '' check (length(instructions) <= 8192);

-- Which model an answer was asked of; `model` is what its server calls itself.
alter table palaver.messages add column model_id uuid references palaver.models on delete set null;
create index messages_model on palaver.messages (model_id) where model_id is not null;

-- Whose queue a job waits in; null when no model could be found, which its writer then says. Besides answers there are `title`
-- (of the thread whose root is `subject`), `summary` (`subject` is what will hold it), and `completion`: a request to /v1, which the
-- process that received it carries out itself when its turn has come.
alter table palaver.jobs
  add column provider_id uuid references palaver.providers on delete cascade,
  add column model_id uuid references palaver.models on delete cascade,
  add column subject uuid,
  alter column message_id drop not null,
  drop constraint jobs_kind_check,
  add constraint jobs_kind_check check (kind in ('answer', 'title', 'summary', 'completion')),
  add constraint jobs_message_check check ((kind = 'answer') = (message_id is not null));
create unique index jobs_subject on palaver.jobs (kind, subject) where subject is not null;
create index jobs_running on palaver.jobs (provider_id) where lease is not null;
