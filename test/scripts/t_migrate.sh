#!/usr/bin/env bash
# evolve_migrate(): once, twice, killed in the middle, from two sessions, and with steps that do not match.
. "$(dirname "$0")/tap.sh"
new_server

# fresh_database NAME: with the extension, without the tables.
fresh_database() {
    psql -Xq -d postgres -c "CREATE DATABASE $1"
    export PGDATABASE=$1
    run_sql "CREATE EXTENSION pg_evolve"
}

# Makes the creation of table evolve.NAME wait for advisory lock 42.
stop_at_table() {
    run_sql "CREATE FUNCTION stop_here() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
             BEGIN
                 IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'evolve.$1') THEN
                     PERFORM pg_advisory_xact_lock(42);
                 END IF;
             END \$\$" \
        "CREATE EVENT TRIGGER stop_here ON ddl_command_end EXECUTE FUNCTION stop_here()"
}

all_steps=$(find "$evolve_top/migrations" -name '[0-9]*.sql' | wc -l)

fresh_database first
fails "SELECT evolve_cycle()" 'PE010.*' 'a function before evolve_migrate() fails with PE010'
like "$(run_sql "SELECT evolve_cycle()" 2>&1)" 'HINT: .*evolve_migrate\(\)' 'and its hint names evolve_migrate()'
is "$(run_sql "SELECT count(*) FILTER (WHERE applied), count(*) FROM evolve_migrate()")" "$all_steps|$all_steps" \
    'the first run applies every step'
for file in "$evolve_top"/migrations/[0-9]*.sql; do
    name=$(basename "$file" .sql)
    is "$(run_sql "SELECT checksum FROM evolve.schema_migrations WHERE to_char(step, 'FM0000') || '_' || name = '$name'")" \
        "$(sha256sum "$file" | cut -d ' ' -f 1)" "the recorded checksum of $name is that of its file"
done
# Everything but the time at which the steps were applied.
# Without the times at which rows were written.
structure() {
    dump --exclude-table-data=evolve.schema_migrations | sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+[+]00$/then/'
}
dump > "$tap_scratch/before"
structure > "$tap_scratch/structure"
is "$(run_sql "SELECT count(*) FILTER (WHERE applied), count(*) FROM evolve_migrate()")" "0|$all_steps" \
    'the second run applies none'
dump > "$tap_scratch/after"
ok 'and changes nothing' diff "$tap_scratch/before" "$tap_scratch/after"

# Half-way: some steps are applied in the transaction, others are not.
for way in crash terminate; do
    fresh_database "half_$way"
    stop_at_table cycles
    hold_lock
    background migrating "SELECT count(*) FROM evolve_migrate()"
    wait_for_lock migrating
    if [ "$way" = crash ]; then
        crash migrating
    else
        run_sql "SELECT pg_terminate_backend($(backend_of migrating))" > /dev/null
        release_lock
        wait || true
    fi
    is "$(run_sql "SELECT to_regnamespace('evolve') IS NULL")" t "a run that ends half-way leaves nothing ($way)"
    run_sql "DROP EVENT TRIGGER stop_here" "DROP FUNCTION stop_here()"
    is "$(run_sql "SELECT count(*) FILTER (WHERE applied) FROM evolve_migrate()")" "$all_steps" \
        "the next run does everything ($way)"
    structure > "$tap_scratch/again"
    ok "with the same result ($way)" diff "$tap_scratch/structure" "$tap_scratch/again"
done

# Two sessions: the second waits for the first, then has nothing to do.
fresh_database together
stop_at_table cycles
hold_lock
background first_session "SELECT count(*) FILTER (WHERE applied) FROM evolve_migrate()"
wait_for_lock first_session
background second_session "SELECT count(*) FILTER (WHERE applied) FROM evolve_migrate()"
wait_for_lock second_session
release_lock
wait || true
is "$(cat "$tap_scratch/first_session")" "$all_steps" 'of two sessions the first applies every step'
is "$(cat "$tap_scratch/second_session")" 0 'and the second waits and applies none'

# Steps that are not those of this library.
fresh_database mismatch
run_sql "SELECT count(*) FROM evolve_migrate()" > /dev/null
run_sql "UPDATE evolve.schema_migrations SET checksum = repeat('0', 64) WHERE step = 2"
fails "SELECT evolve_migrate()" 'PE010: migration step 2' 'an edited step is refused'
run_sql "DELETE FROM evolve.schema_migrations WHERE step = 2" \
    "INSERT INTO evolve.schema_migrations (step, name, checksum)
     SELECT step, name, checksum FROM _evolve_migration_steps() WHERE step = 2"
run_sql "INSERT INTO evolve.schema_migrations (step, name, checksum) VALUES (9999, 'from_the_future', 'x')"
fails "SELECT evolve_migrate()" 'PE010: the tables of schema evolve are newer' 'tables of a newer library are refused'

# From the tables of every earlier library, with strategies and a lineage where they have one: the same as made new, and the
# linter of rights finds nothing in either.
for ((from = 1; from < all_steps; from++)); do
    fresh_database "from_$from"
    run_sql "CREATE SCHEMA evolve" \
        "CREATE TABLE evolve.schema_migrations (step int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())" \
        "DO \$\$ DECLARE old record; BEGIN
             FOR old IN SELECT * FROM _evolve_migration_steps() WHERE step <= $from ORDER BY step LOOP
                 EXECUTE old.body;
                 INSERT INTO evolve.schema_migrations (step, name, checksum) VALUES (old.step, old.name, old.checksum);
             END LOOP;
         END \$\$"
    family=0
    if [ "$from" -ge 4 ]; then
        family=2
        run_sql "INSERT INTO evolve.user_strategies (id, user_id, name, ruleset, fingerprint)
                 SELECT md5(n::text)::uuid, md5('u')::uuid, 'S' || n, '{\"entry\": \"close > open\"}', repeat('0', 64) FROM generate_series(1, 3) AS n" \
            "INSERT INTO evolve.strategy_generations SELECT md5(n::text)::uuid, n - 1 FROM generate_series(1, 3) AS n" \
            "INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, parent_generation, child_generation, mutation_type)
                 SELECT md5(n::text)::uuid, md5((n + 1)::text)::uuid, n - 1, n, 'test' FROM generate_series(1, 2) AS n"
    fi
    is "$(run_sql "SELECT count(*) FILTER (WHERE applied) FROM evolve_migrate()")" $((all_steps - from)) "from step $from the others apply"
    is "$(run_sql "SELECT count(DISTINCT strategy_id) FROM evolve.strategy_shares" "SELECT count(wrong) FROM evolve_verify()")" "$family"$'\n0' 'and the shares of all children are derived'
    is "$(psql -XqAt -f "$evolve_top/test/scripts/database_linter.sql" | grep -v '^extension_in_public')" '' 'the linter finds nothing else than that it is in public'
done
columns="SELECT string_agg(format('%s %s %s %s', table_name, column_name, data_type, is_nullable), E'\n' ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_schema = 'evolve'"
is "$(run_sql "$columns")" "$(PGDATABASE=first run_sql "$columns")" 'the tables are those of a new database'

# The admin may install the extension elsewhere.
psql -Xq -d postgres -c "CREATE DATABASE elsewhere"
export PGDATABASE=elsewhere
run_sql 'CREATE SCHEMA "My tools"' 'CREATE EXTENSION pg_evolve SCHEMA "My tools"'
is "$(run_sql "SELECT count(*) FILTER (WHERE applied) FROM \"My tools\".evolve_migrate()")" "$all_steps" \
    'in another schema every step applies'
run_sql "CREATE ROLE elsewhere_operator"
is "$(run_sql "SELECT count(*) > 10 FROM \"My tools\".evolve_grant('elsewhere_operator', 'operator')" "SELECT evaluated FROM \"My tools\".evolve_cycle()")" \
    $'t\n0' 'and its functions find each other'
run_sql "SELECT checksum FROM evolve.schema_migrations ORDER BY step" > "$tap_scratch/elsewhere"
ok 'with the same checksums' diff "$tap_scratch/elsewhere" \
    <(PGDATABASE=first run_sql "SELECT checksum FROM evolve.schema_migrations ORDER BY step")
finish
