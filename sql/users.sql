-- Who is asking.

CREATE FUNCTION evolve_current_user() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    claims text := nullif(current_setting('request.jwt.claims', true), '');
    who text;
BEGIN
    IF claims IS NOT NULL THEN
        who := claims::jsonb ->> 'sub';
    END IF;
    RETURN coalesce(who, nullif(current_setting('evolve.user_id', true), ''))::uuid;
END
$function$;
COMMENT ON FUNCTION evolve_current_user() IS 'The user of the application: sub of the JWT claims (request.jwt.claims) when there is one, else the setting evolve.user_id, else NULL.';
