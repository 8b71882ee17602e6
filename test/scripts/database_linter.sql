-- The rules that Supabase's database linter checks, for schema evolve and the functions of the extension. One row a finding.
WITH tables AS (
    SELECT oid, relname, relkind, relrowsecurity FROM pg_class
    WHERE relnamespace = 'evolve'::regnamespace AND relkind IN ('r', 'p')
), functions AS (
    SELECT member.* FROM pg_depend AS link
    JOIN pg_proc AS member ON member.oid = link.objid
    WHERE link.classid = 'pg_proc'::regclass AND link.deptype = 'e' AND link.refclassid = 'pg_extension'::regclass
      AND link.refobjid = (SELECT extension.oid FROM pg_extension AS extension WHERE extension.extname = 'pg_evolve')
    UNION
    SELECT * FROM pg_proc WHERE pronamespace = 'evolve'::regnamespace
), policies AS (
    SELECT policy.*, pg_get_expr(policy.polqual, policy.polrelid) AS using_text, pg_get_expr(policy.polwithcheck, policy.polrelid) AS check_text
    FROM pg_policy AS policy JOIN tables ON tables.oid = policy.polrelid
)
SELECT 'unindexed_foreign_keys' AS rule, link.conrelid::regclass::text AS object, link.conname::text AS detail
FROM pg_constraint AS link JOIN tables ON tables.oid = link.conrelid
WHERE link.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_index AS index
    WHERE index.indrelid = link.conrelid AND index.indpred IS NULL
      AND (index.indkey::int2[])[0:cardinality(link.conkey) - 1] @> link.conkey
      OR index.indrelid = link.conrelid AND cardinality(link.conkey) = 1 AND index.indkey[0] = link.conkey[1])
UNION ALL
SELECT 'no_primary_key', tables.relname, '' FROM tables
WHERE NOT EXISTS (SELECT FROM pg_constraint AS key WHERE key.conrelid = tables.oid AND key.contype = 'p')
UNION ALL
SELECT 'rls_disabled', relname, '' FROM tables WHERE NOT relrowsecurity
UNION ALL
SELECT 'rls_enabled_no_policy', relname, '' FROM tables
WHERE relrowsecurity AND NOT EXISTS (SELECT FROM policies WHERE policies.polrelid = tables.oid)
UNION ALL
SELECT 'policy_exists_rls_disabled', relname, '' FROM tables
WHERE NOT relrowsecurity AND EXISTS (SELECT FROM policies WHERE policies.polrelid = tables.oid)
UNION ALL
SELECT 'multiple_permissive_policies', policies.polrelid::regclass::text, command::text
FROM policies CROSS JOIN LATERAL unnest(CASE polcmd WHEN '*' THEN '{r,a,w,d}'::"char"[] ELSE ARRAY[polcmd] END) AS command
WHERE polpermissive GROUP BY policies.polrelid, command, polroles HAVING count(*) > 1
UNION ALL
-- A bare call is made once a row; (SELECT call) once a statement.
SELECT 'auth_rls_initplan', polrelid::regclass::text, polname::text FROM policies
WHERE regexp_replace(concat(using_text, ' ', check_text), 'SELECT [a-z_.]*(evolve_current_user|current_setting|auth\.[a-z]+)\([^)]*\)', '', 'g')
      ~ '(evolve_current_user|current_setting|auth\.[a-z]+)\('
UNION ALL
SELECT 'rls_policy_always_true', polrelid::regclass::text, polname::text FROM policies
WHERE polcmd <> 'r' AND (using_text = 'true' OR check_text = 'true')
UNION ALL
SELECT 'rls_references_user_metadata', polrelid::regclass::text, polname::text FROM policies
WHERE concat(using_text, check_text) ~ 'user_metadata'
UNION ALL
SELECT 'duplicate_index', min(indexrelid)::regclass::text, max(indexrelid)::regclass::text
FROM pg_index JOIN tables ON tables.oid = indrelid
GROUP BY indrelid, indkey::text, indclass::text, indcollation::text, indpred::text, indexprs::text HAVING count(*) > 1
UNION ALL
SELECT 'security_definer_view', relname, '' FROM pg_class
WHERE relnamespace = 'evolve'::regnamespace AND relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
UNION ALL
SELECT 'materialized_view_in_api', relname, '' FROM pg_class WHERE relnamespace = 'evolve'::regnamespace AND relkind = 'm'
UNION ALL
SELECT 'foreign_table_in_api', relname, '' FROM pg_class WHERE relnamespace = 'evolve'::regnamespace AND relkind = 'f'
UNION ALL
SELECT 'function_search_path_mutable', functions.oid::regprocedure::text, '' FROM functions JOIN pg_language AS language ON language.oid = prolang
WHERE language.lanname IN ('sql', 'plpgsql') AND prokind <> 'p' AND NOT EXISTS (SELECT FROM unnest(proconfig) AS entry WHERE entry LIKE 'search_path=%')
UNION ALL
SELECT 'security_definer_function', functions.oid::regprocedure::text, '' FROM functions WHERE prosecdef
UNION ALL
-- A function that writes, or acts as somebody else, is not for PUBLIC, and for a role only when a capability says so.
SELECT 'function_executable_by_public', functions.oid::regprocedure::text, coalesce(nullif(entry.grantee, 0)::regrole::text, 'PUBLIC')
FROM functions CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner))) AS entry
WHERE (provolatile = 'v' AND prorettype <> 'trigger'::regtype OR prosrc = '_evolve_as_owner') AND entry.grantee <> proowner
  AND (entry.grantee = 0 OR proname !~ '^(evolve_(leaderboard|cycle|monitor|run|resume|run_async|stop_run|work|work_on_runs|queue_status|queue_cancel|backtest_async|set_status|load_strategies|import_bars|pack_bars|seal_ledger|run_due_jobs|set_job|run_job|delete_old_runs|start|stop)|_evolve_run(_begin|_generation|_broken)?|_evolve_next_run|_evolve_queue_(claim|perform|failed))$')
  AND entry.grantee <> (SELECT relowner FROM pg_class WHERE oid = 'evolve.user_strategies'::regclass)
UNION ALL
SELECT 'extension_in_public', extname::text, '' FROM pg_extension WHERE extname = 'pg_evolve' AND extnamespace = 'public'::regnamespace
ORDER BY 1, 2, 3;
