-- Everything that psql shows to a user says what it is.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
BEGIN;
SELECT plan(7);

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_evolve');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM member JOIN pg_proc AS p ON member.classid = 'pg_proc'::regclass AND p.oid = member.objid
    WHERE obj_description(p.oid, 'pg_proc') IS NULL
$$, 'every function has a comment');
SELECT is_empty($$
    SELECT t.oid::regtype FROM member JOIN pg_type AS t ON member.classid = 'pg_type'::regclass AND t.oid = member.objid
    WHERE t.typelem = 0 AND obj_description(t.oid, 'pg_type') IS NULL
$$, 'every type of the extension has a comment');
SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'evolve'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
    AND obj_description(c.oid, 'pg_class') IS NULL
$$, 'every table and view has a comment');
SELECT is_empty($$
    SELECT c.oid::regclass, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'evolve'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column has a comment');
SELECT is_empty($$
    SELECT t.oid::regtype FROM pg_type AS t WHERE t.typnamespace = 'evolve'::regnamespace AND t.typtype = 'e' AND obj_description(t.oid, 'pg_type') IS NULL
$$, 'every enum has a comment');
SELECT isnt(obj_description('evolve'::regnamespace, 'pg_namespace'), NULL, 'the schema has a comment');
SELECT is_empty($$
    SELECT d.description FROM pg_description AS d
    LEFT JOIN member ON (member.classid, member.objid) = (d.classoid, d.objoid)
    LEFT JOIN pg_class AS c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid AND c.relnamespace = 'evolve'::regnamespace
    WHERE (member.objid IS NOT NULL OR c.oid IS NOT NULL) AND d.description !~ '[.)]$'
$$, 'comments end as sentences do');

SELECT * FROM finish();
ROLLBACK;
