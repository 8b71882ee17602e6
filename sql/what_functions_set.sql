-- No query of ours gains by being compiled just in time, and many would be: a table that nobody has analyzed yet looks
-- large, and a few milliseconds of work then wait for hundreds of compiling. What a function sets holds for all it calls.
-- An upgrade script has this after its functions: one that is replaced forgets what was set for it.
DO $block$
DECLARE
    given regprocedure;
BEGIN
    FOR given IN
        SELECT member.oid
        FROM @extschema@._evolve_functions() AS listed(function)
        JOIN pg_proc AS member ON member.oid = listed.function
        WHERE member.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET jit = off', given);
    END LOOP;
END
$block$;
