-- What was used from one day to another, both included, with what has ended since it was added up last.
create function internal.usage_rows(p_from date, p_to date) returns setof palaver.usage language sql stable as $$
  select * from palaver.usage where day between p_from and p_to
  union all
  select * from palaver.usage_entries where day between p_from and p_to
$$;

-- One's own usage, by day, model, assistant or kind: `{items, total}`.
create function api.usage_own(p_actor uuid, p_filter jsonb) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select internal.usage_report(p_filter || jsonb_build_object('user_id', p_actor))
$$;

-- Everybody's, for administrators; also by user.
create function api.usage_all(p_actor uuid, p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return internal.usage_report(p_filter);
end $$;

create function api.usage_as_operator(p_filter jsonb) returns jsonb
language sql stable security definer set search_path = pg_temp as $$
  select internal.usage_report(p_filter)
$$;

-- The rows themselves, for a file.
create function api.usage_detail(p_actor uuid, p_filter jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
begin
  perform internal.require_admin(p_actor);
  return (
    select coalesce(jsonb_agg(to_jsonb(r) order by r.day, r.user_name, r.assistant_name, r.model_name, r.kind), '[]')
    from (select day, user_name, assistant_name, model_name, kind, (internal.usage_said(u)).* from internal.usage_named(p_filter) u) r);
end $$;

-- What is said of usage. `requests` is everything that ended, however; `answers` those that brought a new text.
create function internal.usage_said(
  u palaver.usage, out requests bigint, out answers bigint, out input_tokens bigint, out output_tokens bigint,
  out seconds numeric, out money numeric, out completed bigint, out cancelled bigint, out timed_out bigint,
  out interrupted bigint, out failed bigint
) language sql immutable as $$
  select u.completed + u.cancelled + u.timed_out + u.interrupted + u.failed, u.answers, u.input_tokens, u.output_tokens,
         round(u.milliseconds / 1000.0, 1), round(u.money, 6), u.completed, u.cancelled, u.timed_out, u.interrupted, u.failed
$$;

create function internal.usage_report(p_filter jsonb) returns jsonb language sql stable as $$
  with chosen as (
    select case p_filter ->> 'by' when 'user' then user_id when 'assistant' then assistant_id end as id,
           case p_filter ->> 'by' when 'user' then user_name when 'assistant' then assistant_name when 'model' then model_name
                when 'kind' then kind else day::text end as name, u.*
    from internal.usage_named(p_filter) u),
  summed as (
    select id, name, grouping(name) = 1 as is_total, internal.usage_said((
      null, null, null, null, null, null, null, null, coalesce(sum(answers), 0), coalesce(sum(input_tokens), 0),
      coalesce(sum(output_tokens), 0), coalesce(sum(milliseconds), 0), coalesce(sum(money), 0), coalesce(sum(completed), 0),
      coalesce(sum(cancelled), 0), coalesce(sum(timed_out), 0), coalesce(sum(interrupted), 0), coalesce(sum(failed), 0)
      )::palaver.usage) as said
    from chosen group by grouping sets ((id, name), ()))
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) || to_jsonb(said) order by
      case when p_filter ->> 'by' = 'day' then name end, (said).money desc,
      (said).input_tokens + (said).output_tokens desc, name) filter (where not is_total), '[]'),
    'total', to_jsonb((array_agg(said) filter (where is_total))[1]))
  from summed
$$;

-- The rows that a filter lets through, under the names that everything has now, or had last: from, to, and any of user_id,
-- assistant_id, model (its name), kind.
create function internal.usage_named(p_filter jsonb) returns setof palaver.usage language sql stable as $$
  select u.day, u.user_id, u.assistant_id, u.model_id, u.kind, coalesce(p.username, u.user_name), coalesce(a.username, u.assistant_name),
         coalesce(m.name, u.model_name), u.answers, u.input_tokens, u.output_tokens, u.milliseconds, u.money, u.completed,
         u.cancelled, u.timed_out, u.interrupted, u.failed
  from internal.usage_rows((p_filter ->> 'from')::date, (p_filter ->> 'to')::date) u
  left join palaver.users p on p.id = u.user_id
  left join palaver.users a on a.id = u.assistant_id
  left join palaver.models m on m.id = u.model_id
  where (p_filter ->> 'user_id' is null or u.user_id = (p_filter ->> 'user_id')::uuid)
    and (p_filter ->> 'assistant_id' is null or u.assistant_id = (p_filter ->> 'assistant_id')::uuid)
    and (p_filter ->> 'model' is null or coalesce(m.name, u.model_name) = p_filter ->> 'model')
    and (p_filter ->> 'kind' is null or u.kind = p_filter ->> 'kind')
$$;
