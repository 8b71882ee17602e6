#!/usr/bin/env bash
# Every object has a COMMENT that psql shows.
. "$(dirname "$0")/tap.sh"
new_server
database evolve

# none_of QUERY DESCRIPTION: the query names objects without a comment.
none_of() {
    is "$(run_sql "$1")" '' "$2"
}

none_of "SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
         WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
           AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_evolve')
           AND obj_description(objid, classid::regclass::name) IS NULL
           AND pg_describe_object(classid, objid, 0) !~ '\[\]$' ORDER BY 1" \
    'every object of the extension has a comment'
none_of "SELECT attrelid::regclass || '.' || attname FROM pg_attribute
         JOIN pg_class ON pg_class.oid = attrelid
         JOIN pg_depend ON classid = 'pg_class'::regclass AND objid = attrelid AND deptype = 'e'
         WHERE relkind = 'c' AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL" \
    'every column of its types has a comment'
none_of "SELECT oid::regclass FROM pg_class
         WHERE relnamespace = 'evolve'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')
           AND obj_description(oid, 'pg_class') IS NULL" \
    'every table and view of schema evolve has a comment'
none_of "SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'evolve'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')
           AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL ORDER BY attrelid, attnum" \
    'every column of schema evolve has a comment'
none_of "SELECT oid::regtype FROM pg_type WHERE typnamespace = 'evolve'::regnamespace AND typtype IN ('e', 'd')
         AND obj_description(oid, 'pg_type') IS NULL" \
    'every type of schema evolve has a comment'
none_of "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'evolve'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL" \
    'every function of schema evolve has a comment'
is "$(run_sql "SELECT obj_description('evolve'::regnamespace, 'pg_namespace') IS NOT NULL")" t 'schema evolve has a comment'
finish
