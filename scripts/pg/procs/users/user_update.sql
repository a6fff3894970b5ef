-- How the actor appears to others, and how Palaver appears to him: what is not given stays.
create function api.user_update(p_actor uuid, p_display_name text, p_locale text, p_time_zone text, p_theme text)
returns jsonb language plpgsql security definer set search_path = pg_temp as $$
declare
  v_user palaver.users;
begin
  update palaver.users set display_name = coalesce(p_display_name, display_name), locale = coalesce(p_locale, locale),
    time_zone = coalesce(p_time_zone, time_zone), theme = coalesce(p_theme, theme), updated_at = now()
  where id = p_actor and disabled_at is null returning * into v_user;
  return internal.user_json(v_user);
end $$;

-- Anybody, as others see him.
create function api.user_read(p_actor uuid, p_user uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_temp as $$
declare
  v_card jsonb;
begin
  select internal.user_card(u) into v_card from palaver.users u where id = p_user and not awaits_verification;
  if not found then
    perform internal.fail('PV404', 'There is no such user.');
  end if;
  return v_card;
end $$;
