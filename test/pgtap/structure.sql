-- The tables that evolve_migrate() makes.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
BEGIN;

CREATE TEMP TABLE wanted (relation text, columns text);
INSERT INTO wanted VALUES
    ('market_bars', 'exchange text, symbol text, timeframe text, ts timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume double precision'),
    ('user_strategies', 'id uuid, user_id uuid, name character varying(255), description text, parameters jsonb, ruleset jsonb, asset_type evolve.asset_type, status evolve.strategy_status, score double precision, last_backtest_at timestamp with time zone, last_backtest_results jsonb, train_metrics jsonb, test_metrics jsonb, evolution_attempts integer, is_active boolean, is_proposable boolean, generalized boolean, per_symbol_performance jsonb, explanation_human text, risk_note text, fingerprint text, created_at timestamp with time zone, updated_at timestamp with time zone'),
    ('strategy_backtests', 'id bigint, strategy_id uuid, symbol text, timeframe text, start_date timestamp with time zone, end_date timestamp with time zone, total_return double precision, win_rate double precision, max_drawdown double precision, avg_pnl double precision, total_trades bigint, sharpe_ratio double precision, results jsonb, created_at timestamp with time zone'),
    ('strategy_lineage', 'id bigint, parent_strategy_id uuid, child_strategy_id uuid, mutation_type text, mutation_params jsonb, similarity_score double precision, creator_user_id uuid, royalty_percent_parent numeric(7,4), royalty_percent_child numeric(7,4), relationship_type text, evolution_reason text, change_impact jsonb, performance_improvement double precision, risk_change double precision, created_at timestamp with time zone'),
    ('strategy_status_history', 'id bigint, strategy_id uuid, old_status evolve.strategy_status, new_status evolve.strategy_status, reason text, changed_by text, changed_at timestamp with time zone'),
    ('settings', 'name text, value jsonb, unit text, description text'),
    ('packed_series', 'series bigint, exchange text, symbol text, timeframe text, bars bigint, sealed_for text, packed_at timestamp with time zone'),
    ('packed_bars', 'series bigint, from_ts timestamp with time zone, to_ts timestamp with time zone, sealed_by xid, ts timestamp with time zone[], open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[]'),
    ('packed_changes', 'change bigint, exchange text, symbol text, timeframe text, first_ts timestamp with time zone, last_ts timestamp with time zone'),
    ('policies', 'policy text, name text, value jsonb'),
    ('cycles', 'cycle_id bigint, kind text, seed bigint, evaluated integer, promoted integer, demoted integer, bred integer, discarded integer, duration interval'),
    ('runs', 'run_id bigint, seed bigint, generations integer, batch_size integer, finished_generations integer, status text, message text, started_at timestamp with time zone, updated_at timestamp with time zone, finished_at timestamp with time zone'),
    ('queue', 'id bigint, owner uuid, kind text, payload jsonb, status text, attempts integer, max_attempts integer, run_after timestamp with time zone, lease_until timestamp with time zone, fencing_token bigint, worker text, cancel_requested boolean, result jsonb, error text, created_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone'),
    ('progress', 'run_id bigint, phase text, done integer, total integer, started_at timestamp with time zone, eta timestamp with time zone, is_alive boolean, job text'),
    ('trials', 'id bigint, cycle_id bigint, strategy_id uuid, fingerprint text, kind text, symbol text, timeframe text, from_ts timestamp with time zone, to_ts timestamp with time zone'),
    ('jobs', 'job_id integer, name text, command text, every interval, cron text, time_zone text, is_enabled boolean, longest_run interval, pause_after integer, failures integer, not_before timestamp with time zone, paused_reason text, run_requested_at timestamp with time zone, created_by name, created_at timestamp with time zone'),
    ('job_runs', 'run_id bigint, job_id integer, slot timestamp with time zone, attempt integer, started_at timestamp with time zone, finished_at timestamp with time zone, outcome text, message text, scheduler text'),
    ('schema_migrations', 'step integer, name text, checksum text, applied_at timestamp with time zone'),
    ('leaderboard', 'rank bigint, strategy_id uuid, name character varying(255), status evolve.strategy_status, score double precision, generation integer'),
    ('cycle_log', 'cycle_id bigint, kind text, evaluated integer'),
    ('status_history', 'id bigint, strategy_id uuid, name character varying(255), old_status evolve.strategy_status, new_status evolve.strategy_status, reason text'),
    ('series', 'exchange text, symbol text, timeframe text, first_ts timestamp with time zone, last_ts timestamp with time zone, source text');

CREATE TEMP TABLE wanted_column AS
SELECT relation, split_part(c, ' ', 1) AS name, substr(c, strpos(c, ' ') + 1) AS type
FROM wanted, LATERAL regexp_split_to_table(columns, ', (?=[a-z_]+ )') AS c;

SELECT plan((SELECT count(*) FROM wanted_column)::int + 45);

SELECT is(format_type(a.atttypid, a.atttypmod), w.type, format('evolve.%s.%s is %s', w.relation, w.name, w.type))
FROM wanted_column AS w LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass('evolve.' || w.relation) AND a.attname = w.name AND a.attnum > 0;

-- Defaults and NOT NULL of strategies, as specified.
SELECT col_is_pk('evolve', 'user_strategies', 'id', 'id is the key');
SELECT col_default_is('evolve', 'user_strategies', 'id', 'gen_random_uuid()', 'id is made');
SELECT col_default_is('evolve', 'user_strategies', 'parameters', '{}', 'parameters start empty');
SELECT col_default_is('evolve', 'user_strategies', 'asset_type', 'STOCK', 'asset_type is STOCK');
SELECT col_default_is('evolve', 'user_strategies', 'status', 'pending_review', 'uploads wait for review');
SELECT col_default_is('evolve', 'user_strategies', 'evolution_attempts', '0', 'no attempts yet');
SELECT col_default_is('evolve', 'user_strategies', 'is_active', 'true', 'active');
SELECT col_default_is('evolve', 'user_strategies', 'is_proposable', 'false', 'not proposable');
SELECT col_default_is('evolve', 'user_strategies', 'generalized', 'false', 'not generalized');
SELECT col_default_is('evolve', 'user_strategies', 'created_at', 'now()', 'created now');
SELECT col_not_null('evolve', 'user_strategies', name, name || ' is not null')
FROM unnest(ARRAY['user_id', 'name', 'parameters', 'ruleset', 'asset_type', 'status', 'evolution_attempts', 'is_active', 'is_proposable', 'generalized', 'fingerprint']) AS name;
SELECT col_is_null('evolve', 'user_strategies', name, name || ' may be null') FROM unnest(ARRAY['description', 'score', 'last_backtest_at']) AS name;
SELECT hasnt_column('evolve', 'user_strategies', 'generation', 'nobody can write a generation');
SELECT enum_has_labels('evolve', 'asset_type', ARRAY['STOCK', 'CRYPTO', 'FOREX', 'OTHER'], 'kinds of instruments');
SELECT enum_has_labels('evolve', 'strategy_status', ARRAY['pending_review', 'experiment', 'candidate', 'proposable', 'discarded', 'duplicate', 'rejected'], 'statuses');
SELECT col_is_pk('evolve', 'market_bars', ARRAY['exchange', 'symbol', 'timeframe', 'ts'], 'a bar has one place');
SELECT col_is_pk('evolve', 'policies', ARRAY['policy', 'name'], 'a threshold has one value in a policy');

-- Indexes that lists and cycles need.
SELECT ok(EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = 'evolve.user_strategies'::regclass AND a.attname = name AND i.indpred IS NULL), 'an index leads with user_strategies.' || name)
FROM unnest(ARRAY['status', 'last_backtest_at', 'user_id', 'fingerprint']) AS name;
SELECT ok(EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = 'evolve.strategy_lineage'::regclass AND a.attname = name), 'an index leads with strategy_lineage.' || name)
FROM unnest(ARRAY['parent_strategy_id', 'child_strategy_id']) AS name;
SELECT is_empty($$
    SELECT con.conrelid::regclass, con.conname FROM pg_constraint AS con
    WHERE con.contype = 'f' AND con.connamespace = 'evolve'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = con.conrelid AND (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey
                    AND con.conkey @> (i.indkey::int2[])[0:cardinality(con.conkey) - 1])
$$, 'every foreign key has an index on its side, so that deletes are not slow');

-- The data is the user's: ordinary tables of an ordinary owner.
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class AS c JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e' WHERE c.relnamespace = 'evolve'::regnamespace$$,
    'no table belongs to the extension');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'evolve'::regnamespace AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)$$,
    'every table has a primary key');
SELECT is_empty($$SELECT a.attrelid::regclass, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'evolve'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
    AND a.atttypid IN ('timestamp'::regtype, 'money'::regtype, 'json'::regtype, 'real'::regtype, 'varchar'::regtype) AND a.attname <> 'name'$$, 'no column has a type that one regrets');

-- Without the extension the rows stay; with it again they work as before.
CREATE TEMP TABLE before AS SELECT count(*) AS settings, (SELECT count(*) FROM evolve.policies) AS policies FROM evolve.settings;
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset) VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000aa', 'kept', '{"entry": "close > open"}');
SELECT throws_ok('DROP EXTENSION pg_evolve', '2BP01', NULL, 'DROP EXTENSION says what depends on it');
SET client_min_messages = error;
DROP EXTENSION pg_evolve CASCADE;
SELECT is((SELECT name::text FROM evolve.user_strategies), 'kept', 'DROP EXTENSION … CASCADE deletes no row');
SELECT is((SELECT (count(*), (SELECT count(*) FROM evolve.policies))::text FROM evolve.settings), (SELECT (settings, policies)::text FROM before), 'nor a setting');
CREATE EXTENSION pg_evolve;
SELECT throws_ok('SELECT * FROM evolve_cycle()', 'PE010', NULL, 'tables without their triggers are not worked on');
SELECT is((SELECT count(*) FROM evolve_migrate() WHERE applied), 0::bigint, 'evolve_migrate() ties them again and applies nothing');
SELECT throws_ok($$UPDATE evolve.user_strategies SET status = 'candidate'$$, 'PE011', NULL, 'the guards are back');

SELECT * FROM finish();
ROLLBACK;
