-- Who is asking.

CREATE FUNCTION evolve_current_user() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    claims text := nullif(current_setting('request.jwt.claims', true), '');
    who text;
BEGIN
    -- Where there are claims they alone decide: anybody may set the setting.
    IF claims IS NOT NULL THEN
        who := claims::jsonb ->> 'sub';
    ELSE
        who := nullif(current_setting('evolve.user_id', true), '');
    END IF;
    IF who !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        RAISE EXCEPTION 'the current user is not named by a uuid' USING ERRCODE = 'PE007',
            HINT = 'sub of request.jwt.claims, or the setting evolve.user_id, must be a uuid.';
    END IF;
    RETURN who::uuid;
END
$function$;
COMMENT ON FUNCTION evolve_current_user() IS 'The user of the application: sub of the JWT claims where there are claims (request.jwt.claims), else the setting evolve.user_id; NULL when nobody is named.';
