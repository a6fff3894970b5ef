-- Limits that every installation starts with. Each is made once: what an operator changes or deletes stays so.
with wanted (name, algorithm, params, description) as (values
  ('conversation.post', 'gcra', '{"requests_per_second": 5, "burst": 10}',
   'Messages of one person in one conversation; checked where they are posted.'),
  ('everything.ip', 'gcra', '{"requests_per_second": 100, "burst": 400}',
   'All requests of one address that nothing narrower is assigned to; a whole office may share one.'),
  ('everything.user', 'gcra', '{"requests_per_second": 30, "burst": 150}', 'All requests of one signed-in person.'),
  ('sign_in.ip', 'moving_window', '{"limit": 30, "window_seconds": 60}', 'Sign-ins tried from one address.'),
  ('sign_in.account_address', 'moving_window', '{"limit": 5, "window_seconds": 300}',
   'Sign-ins tried for one account from one address; the right password begins anew. Checked by signing in itself.'),
  ('sign_in.account', 'moving_window', '{"limit": 20, "window_seconds": 900}',
   'Sign-ins tried for one account from anywhere; beyond it each takes two seconds longer. Nobody is locked out.'),
  ('accounts.ip', 'moving_window', '{"limit": 10, "window_seconds": 3600}', 'Accounts made from one address.'),
  ('letters.ip', 'moving_window', '{"limit": 5, "window_seconds": 900}', 'Letters that one address has the server send.'),
  ('proof.ip', 'moving_window', '{"limit": 30, "window_seconds": 300}',
   'Links, passkeys and sign-ins elsewhere, tried from one address.'),
  ('proof.user', 'moving_window', '{"limit": 10, "window_seconds": 300}',
   'Codes and passwords that a signed-in person is asked for once more.')),
fresh as (insert into palaver.limit_seeds select name from wanted on conflict do nothing returning name)
insert into palaver.limit_profiles (name, algorithm, params, description)
select name, algorithm, params::jsonb, description from wanted join fresh using (name) on conflict do nothing;

with wanted (profile, method, path, scope) as (values
  ('everything.ip', '*', '*', 'ip'),
  ('everything.user', '*', '*', 'user'),
  ('sign_in.ip', 'POST', '/api/auth/login', 'ip'),
  ('sign_in.ip', 'POST', '/sign-in', 'ip'),
  ('accounts.ip', 'POST', '/api/setup', 'ip'),
  ('accounts.ip', 'POST', '/setup', 'ip'),
  ('accounts.ip', 'POST', '/api/auth/register', 'ip'),
  ('accounts.ip', 'POST', '/register', 'ip'),
  ('letters.ip', 'POST', '/api/auth/password/forgot', 'ip'),
  ('letters.ip', 'POST', '/forgot', 'ip'),
  ('letters.ip', 'POST', '/api/auth/verify/again', 'ip'),
  ('letters.ip', 'POST', '/verify', 'ip'),
  ('letters.ip', 'POST', '/api/users/me/verify', 'ip'),
  ('letters.ip', 'POST', '/settings/email/verify', 'ip'),
  ('proof.ip', 'POST', '/api/auth/verify', 'ip'),
  ('proof.ip', 'POST', '/verify/:token', 'ip'),
  ('proof.ip', 'POST', '/api/auth/password/reset', 'ip'),
  ('proof.ip', 'POST', '/reset/:token', 'ip'),
  ('proof.ip', 'POST', '/api/auth/passkeys/sign-in', 'ip'),
  ('proof.ip', 'POST', '/api/auth/passkeys/sign-in/options', 'ip'),
  ('proof.ip', '*', '/api/oauth/*', 'ip'),
  ('proof.user', 'POST', '/api/auth/confirm', 'user'),
  ('proof.user', 'POST', '/confirm', 'user'),
  ('proof.user', 'POST', '/api/auth/password', 'user'),
  ('proof.user', 'POST', '/settings/password', 'user'),
  ('proof.user', 'POST', '/api/auth/totp/*', 'user'),
  ('proof.user', 'POST', '/sign-in/code', 'user'),
  ('proof.user', 'POST', '/api/auth/passkeys/verify', 'user')),
fresh as (
  insert into palaver.limit_seeds select concat_ws(' ', method, path, scope) from wanted on conflict do nothing returning name)
insert into palaver.limit_assignments (profile_id, method, path_pattern, scope)
select p.id, w.method, w.path, w.scope
from wanted w join fresh on fresh.name = concat_ws(' ', w.method, w.path, w.scope)
join palaver.limit_profiles p on p.name = w.profile
on conflict do nothing;
