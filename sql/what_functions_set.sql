-- No query of ours gains by being compiled just in time, and many would be: a table that nobody has analyzed yet looks
-- large, and a few milliseconds of work then wait for hundreds of compiling. What a function sets holds for all it calls.
-- An upgrade script has this after its functions: one that is replaced forgets what was set for it.
DO $block$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT known.oid::regprocedure AS function
        FROM pg_depend AS link
        JOIN pg_proc AS known ON known.oid = link.objid
        WHERE link.classid = 'pg_proc'::regclass AND link.deptype = 'e' AND link.refclassid = 'pg_extension'::regclass
          AND link.refobjid = (SELECT extension.oid FROM pg_extension AS extension WHERE extension.extname = 'pg_evolve')
          AND known.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET jit = off', member.function);
    END LOOP;
END
$block$;
