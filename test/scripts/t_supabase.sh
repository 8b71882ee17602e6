#!/usr/bin/env bash
# As a self-hosted Supabase is set up: roles anon, authenticated, service_role, default privileges that give them every
# new object, the extension in schema extensions, an owner who is no superuser, claims in request.jwt.claims. Then the
# rules of its database linter, which must find nothing, and must be able to.
. "$(dirname "$0")/tap.sh"
new_server
run_sql "CREATE DATABASE app" > /dev/null
export PGDATABASE=app

run_sql "CREATE ROLE anon NOLOGIN" "CREATE ROLE authenticated NOLOGIN" "CREATE ROLE service_role NOLOGIN BYPASSRLS" \
    "CREATE ROLE app_admin LOGIN CREATEROLE" "CREATE ROLE authenticator LOGIN NOINHERIT" \
    "GRANT anon, authenticated, service_role TO authenticator" "GRANT CREATE ON DATABASE app TO app_admin" \
    "CREATE SCHEMA extensions" "GRANT USAGE ON SCHEMA extensions TO anon, authenticated, service_role, app_admin" \
    "ALTER DEFAULT PRIVILEGES IN SCHEMA extensions GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role" \
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role" \
    "CREATE EXTENSION pg_evolve SCHEMA extensions" > /dev/null
is "$(run_sql "SELECT count(*) FROM extensions.evolve_grant('app_admin', 'owner')" | awk '{ print ($1 > 30) }')" 1 'a superuser lets app_admin own the tables'
is "$(PGUSER=app_admin run_sql "SELECT bool_and(applied) FROM extensions.evolve_migrate()")" t 'who makes them'
is "$(PGUSER=app_admin run_sql "SELECT count(*) > 5 FROM extensions.evolve_grant('anon', 'reader')" \
    "SELECT count(*) > 10 FROM extensions.evolve_grant('authenticated', 'author')" \
    "SELECT count(*) > 10 FROM extensions.evolve_grant('service_role', 'operator')" | sort -u)" t 'and grants the three roles their parts'
run_sql "CREATE ROLE bystander LOGIN" "GRANT USAGE ON SCHEMA extensions TO bystander" \
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA extensions TO bystander" > /dev/null
like "$(PGUSER=bystander run_sql "SELECT extensions.evolve_grant('anon', 'operator')" 2>&1 || true)" '42501' \
    'who has a right without the option to grant it passes nothing on'
run_sql "DROP OWNED BY bystander" "DROP ROLE bystander" > /dev/null

# as_user ROLE CLAIMS SQL...: as PostgREST does it, one transaction a request.
as_user() {
    local role=$1 claims=$2 statement arguments=()
    shift 2
    for statement in "$@"; do arguments+=(-c "$statement"); done
    PGUSER=authenticator psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -c "BEGIN" \
        -c "SELECT set_config('role', '$role', true), set_config('request.jwt.claims', '$claims', true), set_config('search_path', 'public, extensions', true)" \
        "${arguments[@]}" -c "COMMIT" 2>&1 | grep -v "^$role|" || true
}
alice='{"sub": "aaaaaaaa-0000-0000-0000-000000000001", "role": "authenticated"}'
bob='{"sub": "bbbbbbbb-0000-0000-0000-000000000002", "role": "authenticated"}'

PGUSER=app_admin run_sql "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
    SELECT 'S', '1d', '2020-01-01 00:00:00+00'::timestamptz + i * interval '1 day', c, c + 2, c - 2, c + sin(i), 1
    FROM (SELECT i, 100 + 10 * sin(i / 9.0) AS c FROM generate_series(0, 599) AS i) AS made" \
    "UPDATE evolve.policies SET value = '1' WHERE name = 'sanity_min_trades'" > /dev/null
is "$(as_user authenticated "$alice" "INSERT INTO evolve.user_strategies (name, ruleset) VALUES ('Dip', '{\"entry\": \"close < sma(close, 10)\", \"exit\": \"close > sma(close, 10)\"}') RETURNING status, user_id")" \
    'pending_review|aaaaaaaa-0000-0000-0000-000000000001' 'a signed-in user uploads a strategy'
is "$(as_user service_role '{"role": "service_role"}' "SELECT accepted FROM evolve_monitor()" "SELECT evaluated FROM evolve_cycle(seed => 1)")" $'1\n1' 'the service runs the cycles'
is "$(as_user authenticated "$alice" "SELECT name, status <> 'pending_review' FROM evolve.user_strategies WHERE evolution_attempts > 0")" 'Dip|t' 'the user sees what became of it'
is "$(as_user authenticated "$bob" "SELECT count(*) FROM evolve.user_strategies")" 0 'another user does not'
is "$(as_user anon '{"role": "anon"}' "SELECT name FROM evolve_leaderboard(1)")" 'Dip' 'everybody sees the leaderboard'
is "$(as_user anon '{"role": "anon"}' "SELECT total_trades > 0 FROM evolve_backtest('{\"entry\": \"close < sma(close, 10)\", \"exit\": \"close > sma(close, 10)\"}', 'S')")" t 'and tries rules of his own'
like "$(as_user anon '{"role": "anon"}' "SELECT * FROM evolve.user_strategies")" '42501' 'without an account no strategy is seen'
for call in "evolve_cycle()" "_evolve_engine_writes(true)" "_evolve_cycle()" "evolve_migrate()" "_evolve_attach()"; do
    like "$(as_user anon '{"role": "anon"}' "SELECT $call")" '42501' "anon does not call $call, default privileges or not"
    like "$(as_user authenticated "$alice" "SELECT $call")" '42501' "nor does a signed-in user"
done

# Who may delete strategies takes their shares along, with no right to touch these by hand.
PGUSER=app_admin run_sql "INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES (gen_random_uuid(), 'Child', '{\"entry\": \"close < sma(close, 11)\", \"exit\": \"close > sma(close, 11)\"}')" \
    "INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type)
     SELECT parent.id, child.id, 'test' FROM evolve.user_strategies AS parent, evolve.user_strategies AS child WHERE parent.name = 'Dip' AND child.name = 'Child'" \
    "GRANT SELECT, DELETE ON evolve.user_strategies TO service_role" > /dev/null
is "$(run_sql "SELECT count(*) FROM evolve.strategy_shares AS known JOIN evolve.user_strategies AS strategy ON strategy.id = known.strategy_id WHERE name = 'Child'")" 3 'a child has shares by three rules'
is "$(as_user service_role '{"role": "service_role"}' "DELETE FROM evolve.user_strategies WHERE name = 'Child' RETURNING name")" Child 'the service deletes it'
is "$(run_sql "SELECT count(*) FROM evolve.strategy_shares WHERE strategy_id NOT IN (SELECT id FROM evolve.user_strategies)")" 0 'and its shares'
like "$(as_user service_role '{"role": "service_role"}' "DELETE FROM evolve.strategy_shares")" 42501 'which it cannot by itself'

# A view that the owner of a mapped relation wrote must not act as a superuser.
run_sql "CREATE FUNCTION public.whoami() RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RAISE WARNING ''acts as %'', current_user; RETURN 1; END'" \
    "CREATE VIEW public.mapped AS SELECT ts, open, high, low, close, volume * whoami() AS volume FROM evolve.market_bars WHERE symbol = 'S'" \
    "GRANT SELECT ON public.mapped TO app_admin" > /dev/null
PGUSER=app_admin run_sql "INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('M', '1d', 'public.mapped')" > /dev/null
is "$(run_sql "SELECT evaluated FROM extensions.evolve_cycle(seed => 2)" "SELECT * FROM evolve.leaderboard" 2>&1 | grep -o 'acts as [a-z_]*' | sort -u)" 'acts as app_admin' \
    'a cycle that a superuser starts reads bars as the owner of the tables'

linter=$evolve_top/test/scripts/database_linter.sql
is "$(psql -XqAt -f "$linter" 2>&1)" '' "the linter's rules find nothing"
run_sql "CREATE TABLE evolve.careless (a int REFERENCES evolve.cycles (cycle_id), b text)" \
    "CREATE INDEX ON evolve.careless (b)" "CREATE INDEX ON evolve.careless (b)" \
    "CREATE TABLE evolve.closed (a int PRIMARY KEY)" "ALTER TABLE evolve.closed ENABLE ROW LEVEL SECURITY" \
    "CREATE TABLE evolve.open (a uuid PRIMARY KEY)" "ALTER TABLE evolve.open ENABLE ROW LEVEL SECURITY" \
    "CREATE POLICY one ON evolve.open FOR UPDATE USING (true)" "CREATE POLICY two ON evolve.open USING (a = extensions.evolve_current_user())" \
    "CREATE POLICY late ON evolve.careless USING (current_setting('user_metadata') = b)" \
    "CREATE VIEW evolve.definer AS SELECT 1 AS a" "CREATE MATERIALIZED VIEW evolve.kept AS SELECT 1 AS a" \
    "CREATE FUNCTION evolve.loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'" \
    "GRANT EXECUTE ON FUNCTION extensions.evolve_cycle(int, bigint) TO PUBLIC" > /dev/null
is "$(psql -XqAt -f "$linter" 2>&1 | cut -d'|' -f1 | sort -u | paste -sd' ')" \
    'auth_rls_initplan duplicate_index function_executable_by_public function_search_path_mutable materialized_view_in_api multiple_permissive_policies no_primary_key policy_exists_rls_disabled rls_disabled rls_enabled_no_policy rls_policy_always_true rls_references_user_metadata security_definer_function security_definer_view unindexed_foreign_keys' \
    'and each finds what it is for'
finish
