-- What a profile may say. It is checked here, so that also a change by plain SQL can be counted with.
create function palaver.is_limit(p_algorithm text, p_params jsonb) returns boolean language plpgsql immutable as $$
declare
  v_amount text := case p_algorithm when 'gcra' then 'burst' else 'limit' end;
  v_pace text := case p_algorithm when 'gcra' then 'requests_per_second' else 'window_seconds' end;
  v_most numeric := case p_algorithm when 'gcra' then 100000 else 2678400 end;
  v_least numeric := case p_algorithm when 'gcra' then 0.0001 else 1 end;
begin
  if jsonb_typeof(p_params) <> 'object' or not p_params ?& array[v_amount, v_pace] or p_params - v_amount - v_pace <> '{}'
     or jsonb_typeof(p_params -> v_amount) <> 'number' or jsonb_typeof(p_params -> v_pace) <> 'number' then
    return false;
  end if;
  return (p_params ->> v_amount)::numeric between 1 and 1000000 and (p_params ->> v_amount)::numeric % 1 = 0
     and (p_params ->> v_pace)::numeric between v_least and v_most;
end $$;
alter table palaver.limit_profiles add constraint limit_profiles_params check (palaver.is_limit(algorithm, params));

-- Every change is told to every process, also one that somebody made by plain SQL.
create function palaver.tell_limits() returns trigger language plpgsql as $$
begin
  perform internal.limits_changed();
  return null;
end $$;
create trigger limit_profiles_tell after insert or update or delete or truncate on palaver.limit_profiles
for each statement execute function palaver.tell_limits();
create trigger limit_assignments_tell after insert or update or delete or truncate on palaver.limit_assignments
for each statement execute function palaver.tell_limits();

-- What scripts/pg/seed/limits.sql has ever made: an operator's change, or deletion, of it is left alone.
create table palaver.limit_seeds (name text primary key);
