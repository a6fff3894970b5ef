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
    from (
      select u.day, coalesce(p.username, u.user_name) as user_name, coalesce(a.username, u.assistant_name) as assistant_name,
             coalesce(m.name, u.model_name) as model_name, u.kind, s.*
      from internal.usage_chosen(p_filter) u
      left join palaver.users p on p.id = u.user_id
      left join palaver.users a on a.id = u.assistant_id
      left join palaver.models m on m.id = u.model_id
      cross join lateral internal.usage_said(u) s) r);
end $$;

-- The name that somebody has now, or had last.
create function internal.name_of_user(p_user uuid, p_kept text) returns text language sql stable as $$
  select coalesce((select username from palaver.users where id = p_user), p_kept)
$$;

create function internal.name_of_model(p_model uuid, p_kept text) returns text language sql stable as $$
  select coalesce((select name from palaver.models where id = p_model), p_kept)
$$;

-- What is said of usage. `requests` is everything that ended, however; `answers` those that brought a new text.
create function internal.usage_said(
  u palaver.usage, out requests bigint, out answers bigint, out input_tokens bigint, out output_tokens bigint,
  out seconds numeric, out money numeric, out completed bigint, out cancelled bigint, out timed_out bigint,
  out interrupted bigint, out failed bigint
) language sql immutable as $$
  select u.completed + u.cancelled + u.timed_out + u.interrupted + u.failed, u.answers, u.input_tokens, u.output_tokens,
         round(u.milliseconds / 1000.0, 1), round(u.money, 6), u.completed, u.cancelled, u.timed_out, u.interrupted, u.failed
$$;

-- First the many rows are added up by ids, then the few sums get their names: models of one name are one.
create function internal.usage_report(p_filter jsonb) returns jsonb language sql stable as $$
  with by_id as materialized (select * from internal.usage_summed(p_filter)),
  named as (
    select case when p_filter ->> 'by' in ('user', 'assistant') then id end as id,
           case p_filter ->> 'by' when 'model' then internal.name_of_model(id, kept)
                when 'user' then internal.name_of_user(id, kept) when 'assistant' then internal.name_of_user(id, kept)
                else kept end as name, (sums).*
    from by_id),
  summed as (
    select id, name, grouping(name) = 1 as is_total, internal.usage_said((
      null, null, null, null, null, null, null, null, coalesce(sum(answers), 0), coalesce(sum(input_tokens), 0),
      coalesce(sum(output_tokens), 0), coalesce(sum(milliseconds), 0), coalesce(sum(money), 0), coalesce(sum(completed), 0),
      coalesce(sum(cancelled), 0), coalesce(sum(timed_out), 0), coalesce(sum(interrupted), 0), coalesce(sum(failed), 0)
      )::palaver.usage) as said
    from named group by grouping sets ((id, name), ()))
  select jsonb_build_object(
    'items', coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) || to_jsonb(said) order by
      case when p_filter ->> 'by' = 'day' then name end, (said).money desc,
      (said).input_tokens + (said).output_tokens desc, name) filter (where not is_total), '[]'),
    'total', to_jsonb((array_agg(said) filter (where is_total))[1]))
  from summed
$$;

-- The sums of what is chosen: for each id of a user, assistant or model with a name that was kept, or for each day or kind.
create function internal.usage_summed(p_filter jsonb, out id uuid, out kept text, out sums palaver.usage) returns setof record
language plpgsql stable as $$
declare
  v_by text := p_filter ->> 'by';
begin
  return query
    select case v_by when 'user' then u.user_id when 'assistant' then u.assistant_id when 'model' then u.model_id end,
           max(case v_by when 'user' then u.user_name when 'assistant' then u.assistant_name when 'model' then u.model_name
                         when 'kind' then u.kind else u.day::text end),
           (null, null, null, null, null, null, null, null, sum(u.answers), sum(u.input_tokens), sum(u.output_tokens),
            sum(u.milliseconds), sum(u.money), sum(u.completed), sum(u.cancelled), sum(u.timed_out), sum(u.interrupted),
            sum(u.failed))::palaver.usage
    from internal.usage_chosen(p_filter) u
    group by 1, case v_by when 'kind' then u.kind end, case when v_by = 'day' then u.day end,
             case when v_by = 'model' and u.model_id is null then u.model_name end;
end $$;

-- The rows that a filter lets through: from, to, and any of user_id, assistant_id, model (the name that it has, or had last)
-- and kind. Planned anew for each filter: of one person there are few rows, of everybody many.
create function internal.usage_chosen(p_filter jsonb) returns setof palaver.usage
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
  v_from date := p_filter ->> 'from';
  v_to date := p_filter ->> 'to';
  v_user uuid := p_filter ->> 'user_id';
  v_assistant uuid := p_filter ->> 'assistant_id';
  v_model text := p_filter ->> 'model';
  v_kind text := p_filter ->> 'kind';
begin
  return query
    select * from internal.usage_rows(v_from, v_to) u
    where (v_user is null or u.user_id = v_user) and (v_assistant is null or u.assistant_id = v_assistant)
      and (v_kind is null or u.kind = v_kind)
      and (v_model is null or internal.name_of_model(u.model_id, u.model_name) = v_model);
end $$;
