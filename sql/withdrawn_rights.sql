-- What is not for PUBLIC is for nobody yet. Default privileges (ALTER DEFAULT PRIVILEGES, as Supabase has them) may have
-- given every new function of the schema to roles by name; those go too.
DO $block$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT member.oid::regprocedure AS function, pg_get_userbyid(entry.grantee) AS grantee
        FROM @extschema@._evolve_functions() AS listed(function)
        JOIN pg_proc AS member ON member.oid = listed.function
        CROSS JOIN LATERAL aclexplode(member.proacl) AS entry
        WHERE entry.grantee NOT IN (0, member.proowner)
          AND NOT EXISTS (SELECT FROM aclexplode(member.proacl) AS everybody WHERE everybody.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %I', given.function, given.grantee);
    END LOOP;
END
$block$;
