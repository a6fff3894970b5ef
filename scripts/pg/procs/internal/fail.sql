-- The one way a rule refuses: an SQLSTATE of class PV, which app/core/errors.py turns into an answer.
create function internal.fail(p_code text, p_message text) returns void language plpgsql as $$
begin
  raise exception using errcode = p_code, message = p_message;
end $$;
