-- What holds for all functions at once: the last piece.

-- No query of ours gains by being compiled just in time, and many would be: a table that nobody has analyzed yet looks
-- large, and a few milliseconds of work then wait for hundreds of compiling. What a function sets holds for all it calls.
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

-- What is not for PUBLIC is for nobody yet. Default privileges (ALTER DEFAULT PRIVILEGES, as Supabase has them) may have
-- given every new function of the schema to roles by name; those go too.
DO $block$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT member.oid::regprocedure AS function, pg_get_userbyid(entry.grantee) AS grantee
        FROM pg_depend AS link
        JOIN pg_proc AS member ON member.oid = link.objid
        CROSS JOIN LATERAL aclexplode(member.proacl) AS entry
        WHERE link.classid = 'pg_proc'::regclass AND link.deptype = 'e' AND link.refclassid = 'pg_extension'::regclass
          AND link.refobjid = (SELECT extension.oid FROM pg_extension AS extension WHERE extension.extname = 'pg_evolve')
          AND entry.grantee NOT IN (0, member.proowner)
          AND NOT EXISTS (SELECT FROM aclexplode(member.proacl) AS everybody WHERE everybody.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %I', given.function, given.grantee);
    END LOOP;
END
$block$;
