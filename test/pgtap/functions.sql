-- The functions that users rely on: names, arguments, results, volatility, and how safely they run.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
BEGIN;

CREATE TEMP TABLE promised (name text, arguments text, result text, volatility "char", strict boolean, writes boolean);
INSERT INTO promised VALUES
    ('evolve_version', '', 'text', 'i', false, false),
    ('evolve_migrate', '', 'TABLE(step integer, name text, applied boolean)', 'v', false, true),
    ('evolve_load_strategies', 'strategies jsonb, user_id uuid DEFAULT NULL::uuid', 'TABLE(id uuid, name text, action text, reason text)', 'v', false, true),
    ('evolve_import_bars', $$csv text, symbol text, timeframe text, exchange text DEFAULT ''::text, options jsonb DEFAULT '{}'::jsonb$$,
        'TABLE(kind text, line integer, detail text, rows bigint)', 'v', false, true),
    ('evolve_check_bars', $$symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text, max_details integer DEFAULT 20$$,
        'TABLE(kind text, bar bigint, detail text, rows bigint)', 's', false, false),
    ('evolve_ruleset', 'ruleset jsonb', 'jsonb', 's', true, false),
    ('evolve_check_ruleset', 'ruleset jsonb', 'TABLE(severity text, path text, message text, hint text, sqlstate text)', 's', true, false),
    ('evolve_ruleset_text', 'ruleset jsonb', 'jsonb', 'i', true, false),
    ('evolve_explain', 'ruleset jsonb', 'text', 'i', true, false),
    ('evolve_fingerprint', 'ruleset jsonb', 'text', 'i', true, false),
    ('evolve_indicators', '', 'TABLE(name text, args jsonb, outputs text[], unit text, family text, description text)', 'i', false, false),
    ('evolve_series', $$expression text, symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text$$,
        'TABLE(ts timestamp with time zone, value double precision)', 's', false, false),
    ('evolve_signals', $$condition text, symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text$$,
        'TABLE(ts timestamp with time zone, value boolean)', 's', false, false),
    ('evolve_backtest', $$ruleset jsonb, symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text, options jsonb DEFAULT '{}'::jsonb$$,
        'evolve_metrics', 's', false, false),
    ('evolve_trades', $$ruleset jsonb, symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text, options jsonb DEFAULT '{}'::jsonb$$,
        'TABLE(trade_no integer, side text, entry_ts timestamp with time zone, entry_price double precision, exit_ts timestamp with time zone, exit_price double precision, size double precision, pnl double precision, return_fraction double precision, fees double precision, bars_held integer, exit_reason text)', 's', false, false),
    ('evolve_equity', $$ruleset jsonb, symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text, options jsonb DEFAULT '{}'::jsonb$$,
        'TABLE(ts timestamp with time zone, equity double precision, drawdown double precision, "position" double precision)', 's', false, false),
    ('evolve_pack_bars', 'symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, exchange text DEFAULT NULL::text', 'SETOF evolve_packed', 'v', false, true),
    ('evolve_cycle', 'batch_size integer DEFAULT NULL::integer, seed bigint DEFAULT NULL::bigint, OUT cycle_id bigint, OUT evaluated integer, OUT promoted integer, OUT demoted integer, OUT bred integer, OUT discarded integer, OUT duration interval',
        'record', 'v', false, true),
    ('evolve_backtest_async', $$ruleset jsonb, symbol text DEFAULT NULL::text, timeframe text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, "to" timestamp with time zone DEFAULT NULL::timestamp with time zone, exchange text DEFAULT ''::text, options jsonb DEFAULT '{}'::jsonb$$,
        'bigint', 'v', false, true),
    ('evolve_queue_cancel', 'id bigint', 'text', 'v', true, true),
    ('evolve_run_async', 'generations integer, batch_size integer DEFAULT NULL::integer, seed bigint DEFAULT NULL::bigint', 'bigint', 'v', false, true),
    ('evolve_stop_run', 'run_id bigint', 'text', 'v', true, true),
    ('evolve_monitor', 'OUT reviewed integer, OUT accepted integer, OUT rejected integer, OUT duplicates integer, OUT robustness_checked integer, OUT promoted integer, OUT discarded integer, OUT duration interval',
        'record', 'v', false, true),
    ('evolve_score', 'metrics jsonb', 'double precision', 'i', true, false),
    ('evolve_run_due_jobs', $$IN scheduler text DEFAULT 'call'::text$$, NULL, 'v', false, true),
    ('evolve_set_job', 'name text, enabled boolean', 'void', 'v', false, true),
    ('evolve_run_job', 'name text', 'void', 'v', false, true),
    ('evolve_start', 'role name DEFAULT CURRENT_USER', 'boolean', 'v', false, true),
    ('evolve_stop', '', 'boolean', 'v', false, true),
    ('evolve_status', '', 'TABLE(job text, state text, next_slot timestamp with time zone, last_start timestamp with time zone, last_outcome text, last_duration interval, last_success timestamp with time zone, failures integer, message text)', 's', false, false),
    ('evolve_dead_man', '', 'TABLE(job text, last_success timestamp with time zone, expected_by timestamp with time zone)', 's', false, false),
    ('evolve_counters', '', 'TABLE(name text, labels jsonb, value double precision)', 's', false, false),
    ('evolve_delete_old_runs', 'OUT deleted bigint, OUT kept bigint', 'record', 'v', false, true),
    ('evolve_set_status', 'strategy_id uuid, status text, reason text', 'void', 'v', false, true),
    ('evolve_generation', 'strategy_id uuid', 'integer', 's', true, false),
    ('evolve_ancestors', 'strategy uuid, max_distance integer DEFAULT NULL::integer', 'TABLE(strategy_id uuid, distance integer)', 's', false, false),
    ('evolve_lineage_path', 'strategy uuid', 'TABLE(step integer, strategy_id uuid, name text, mutation_type text, similarity double precision)', 's', true, false),
    ('evolve_common_ancestors', 'left_strategy uuid, right_strategy uuid', 'TABLE(strategy_id uuid, left_distance integer, right_distance integer)', 's', true, false),
    ('evolve_changes', 'before jsonb, after jsonb', 'TABLE(number integer, change text)', 's', true, false),
    ('evolve_lineage_graph', $$strategy_id uuid, format text DEFAULT 'dot'::text, max_nodes integer DEFAULT 100$$, 'text', 's', false, false),
    ('evolve_descendants', 'strategy uuid, max_distance integer DEFAULT NULL::integer', 'TABLE(strategy_id uuid, distance integer)', 's', false, false),
    ('evolve_current_user', '', 'uuid', 's', false, false);

CREATE TEMP VIEW member AS
SELECT p.* FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_evolve');

SELECT plan((SELECT 4 * count(*) FROM promised)::int + 17);

SELECT is(pg_get_function_arguments(p.oid), promised.arguments, promised.name || ': arguments') FROM promised LEFT JOIN member AS p ON p.proname = promised.name ORDER BY promised.name;
SELECT is(pg_get_function_result(p.oid), promised.result, promised.name || ': result') FROM promised LEFT JOIN member AS p ON p.proname = promised.name ORDER BY promised.name;
SELECT is(p.provolatile::text || p.proisstrict, promised.volatility::text || promised.strict, promised.name || ': volatility and strictness') FROM promised LEFT JOIN member AS p ON p.proname = promised.name ORDER BY promised.name;
SELECT is(has_function_privilege('public', p.oid, 'EXECUTE'), NOT promised.writes, promised.name || ': EXECUTE for everybody exactly when it writes nothing')
FROM promised LEFT JOIN member AS p ON p.proname = promised.name ORDER BY promised.name;

-- The columns of evolve_metrics and of a population's rows are the promised ones, in order.
SELECT is((SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = 'evolve_metrics'::regclass AND a.attnum > 0),
    'first_ts last_ts bars final_equity total_return cagr volatility sharpe_ratio sortino_ratio calmar_ratio omega_ratio max_drawdown max_drawdown_bars ulcer_index total_trades winning_trades losing_trades win_rate profit_factor expectancy avg_win avg_loss payoff_ratio sqn kelly_fraction var_95 cvar_95 tail_ratio skewness kurtosis t_stat p_value recovery_factor exposure turnover fees_paid alpha beta information_ratio',
    'evolve_metrics has the promised columns');
SELECT is((SELECT string_agg(t.name || ' ' || t.type, ', ' ORDER BY t.n) FROM member AS p CROSS JOIN LATERAL
            (SELECT name, format_type(type, NULL) AS type, n FROM unnest(p.proargnames, p.proallargtypes, p.proargmodes) WITH ORDINALITY AS a(name, type, mode, n) WHERE mode = 't') AS t
           WHERE p.proname = 'evolve_backtest_many'),
    (SELECT 'ordinal integer, ' || string_agg(a.attname || ' ' || format_type(a.atttypid, NULL), ', ' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = 'evolve_metrics'::regclass AND a.attnum > 0),
    'evolve_backtest_many returns ordinal and the columns of evolve_metrics');
SELECT is(string_agg(a.name || ' ' || format_type(a.type, NULL), ', ' ORDER BY a.n) FILTER (WHERE a.mode <> 't' OR a.name = 'params'),
    'ruleset jsonb, symbol text, timeframe text, from timestamp with time zone, to timestamp with time zone, exchange text, grid jsonb, options jsonb, params jsonb',
    'evolve_sweep takes the market, a grid and options')
FROM member AS p, unnest(p.proargnames, p.proallargtypes, p.proargmodes) WITH ORDINALITY AS a(name, type, mode, n) WHERE p.proname = 'evolve_sweep';
SELECT is((SELECT array_agg(name ORDER BY n) FROM unnest(sweep.proargnames, sweep.proargmodes) WITH ORDINALITY AS a(name, mode, n) WHERE mode = 't' AND name <> 'params'),
          (SELECT array_agg(name ORDER BY n) FROM unnest(many.proargnames, many.proargmodes) WITH ORDINALITY AS a(name, mode, n) WHERE mode = 't' AND name <> 'ordinal'),
    'and returns the columns of evolve_backtest_many')
FROM member AS sweep, member AS many WHERE sweep.proname = 'evolve_sweep' AND many.proname = 'evolve_backtest_many';

-- How safely they run.
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql') AND prokind <> 'p' AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
    'every PL/pgSQL function pins its search_path, pg_temp last');
-- A procedure that commits cannot have a SET clause: it pins the path first, or does nothing but hand over.
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE prokind = 'p' AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c') AND prosrc !~ '\mBEGIN\s+PERFORM pg_catalog\.set_config\(''search_path'', ''pg_catalog, pg_temp'', true\);'$$,
    'and every procedure, by its first statement');
SELECT is((SELECT string_agg(proname || '(' || pg_get_function_arguments(oid) || ')', ' ' ORDER BY proname) FROM member WHERE prokind = 'p' AND proname LIKE 'evolve%'),
    'evolve_resume(IN run_id bigint) evolve_run(IN generations integer, IN batch_size integer DEFAULT NULL::integer, IN seed bigint DEFAULT NULL::bigint) evolve_run_due_jobs(IN scheduler text DEFAULT ''call''::text) evolve_work(IN max_items integer DEFAULT 10, IN lease interval DEFAULT ''00:01:00''::interval) evolve_work_on_runs()',
    'procedures have the promised arguments');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE prokind = 'p' AND has_function_privilege('public', oid, 'EXECUTE')$$, 'and are not for everybody');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql') AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
    'every SQL function pins its search_path, pg_temp last');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE proconfig IS NOT NULL AND NOT 'jit=off' = ANY (proconfig)$$,
    'whatever pins its search_path has its queries planned without the just-in-time compiler');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE prosecdef$$, 'no function runs with its owner''s rights');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE proname !~ '^_{0,2}evolve_'$$, 'every function is named evolve_… or, for inner use, _evolve_… and __evolve_…');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE provolatile = 'v' AND prorettype <> 'trigger'::regtype AND has_function_privilege('public', oid, 'EXECUTE')$$,
    'no volatile function can be called by everybody');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE proname ~ '^(__evolve|_evolve_(run|store|begin|engine_writes|mark|attach|stop_holder|queue_(told|recover|claim|perform|failed|status|cancel)))' AND has_function_privilege('public', oid, 'EXECUTE')$$,
    'no inner function of a cycle can be called by everybody');
SELECT is_empty($$SELECT oid::regprocedure FROM member WHERE proparallel = 's' AND provolatile <> 'i'$$, 'only what depends on nothing but its arguments is parallel safe');
SELECT is_empty($$SELECT oid::regprocedure FROM member AS m WHERE (SELECT count(*) FROM member WHERE proname = m.proname) > 1$$, 'no name stands for two functions');
SELECT is_empty($$SELECT objid::regclass FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_evolve')
    AND (SELECT relkind FROM pg_class WHERE oid = objid) <> 'c'$$, 'no table, view or sequence belongs to the extension');

SELECT * FROM finish();
ROLLBACK;
