#!/usr/bin/env bash
# A used database through pg_dump and back, and through DROP EXTENSION and back: no row changes, nothing fires again.
. "$(dirname "$0")/tap.sh"
new_server
database used

make_bars AAA 1500
make_bars BBBB 1500
loaded=$(load_strategies "$evolve_top"/demo/strategies/*.json)
ok "the database is used: $loaded strategies" test "$loaded" -ge 5
run_sql "SELECT evolve_cycle(seed => 1)" "SELECT evolve_cycle(seed => 2)" "SELECT evolve_monitor()" > /dev/null
ok 'cycles have bred' test "$(run_sql "SELECT count(*) FROM evolve.strategy_lineage")" -gt 0

run_sql "SELECT evolve_settle_trade('T' || rank, strategy_id, 100 * rank, 'USD', md5('trader')::uuid) FROM evolve.leaderboard LIMIT 5" \
    "SELECT evolve_seal_ledger()" "SELECT evolve_reverse_settlement('T2', 'R1', 1)" > /dev/null

# What a user adds to tables that are theirs.
run_sql "CREATE ROLE app_user" \
    "ALTER TABLE evolve.user_strategies ADD COLUMN desk text NOT NULL DEFAULT 'unassigned'" \
    "UPDATE evolve.user_strategies SET desk = 'equities' WHERE name < 'M'" \
    "CREATE INDEX user_strategies_desk_idx ON evolve.user_strategies (desk)" \
    "ALTER TABLE evolve.user_strategies ENABLE ROW LEVEL SECURITY" \
    "CREATE POLICY own_desk ON evolve.user_strategies TO app_user USING (desk = current_setting('app.desk', true))" \
    "GRANT USAGE ON SCHEMA evolve TO app_user" \
    "GRANT SELECT ON evolve.user_strategies TO app_user"

dump > "$tap_scratch/used"
sort_rows < "$tap_scratch/used" > "$tap_scratch/used_sorted"
for format in plain custom; do
    psql -Xq -d postgres -c "CREATE DATABASE restored_$format"
    if [ "$format" = plain ]; then
        psql -Xq -v ON_ERROR_STOP=1 -d restored_plain -f "$tap_scratch/used" > "$tap_scratch/restore" 2>&1 || true
    else
        pg_dump -Fc -f "$tap_scratch/used.dump"
        pg_restore --exit-on-error -d restored_custom "$tap_scratch/used.dump" > "$tap_scratch/restore" 2>&1 || true
    fi
    dump -d "restored_$format" | sort_rows > "$tap_scratch/restored"
    ok "the restored database dumps to the same text ($format)" diff "$tap_scratch/used_sorted" "$tap_scratch/restored"
done
like "$(cat "$tap_scratch/used")" 'CREATE POLICY own_desk' 'the policy is in the dump'
like "$(cat "$tap_scratch/used")" 'user_strategies_desk_idx' 'and so is the index'
export PGDATABASE=restored_plain
is "$(run_sql "SELECT count(*) FILTER (WHERE applied) FROM evolve_migrate()")" 0 'the restored database has nothing to migrate'
is "$(run_sql "SELECT sum(checked) > 50, count(wrong) FROM evolve_verify()")" 't|0' 'its ledger is verified'
is "$(run_sql "SELECT settled FROM evolve_settle_trade('T1', (SELECT strategy_id FROM evolve.royalty_events WHERE trade_id = 'T1'), 100, 'USD', md5('trader')::uuid)")" f \
    'and its trades stay settled'
ok 'and goes on with cycles' run_sql "SELECT evolve_cycle(seed => 3)"
export PGDATABASE=used

rows > "$tap_scratch/rows"
run_sql "SELECT * FROM evolve_migrate()" > /dev/null
dump --schema-only > "$tap_scratch/schema"
fails "DROP EXTENSION pg_evolve" '2BP01' 'DROP EXTENSION is refused while tables use its functions'
run_sql "DROP EXTENSION pg_evolve CASCADE" 2> /dev/null
rows > "$tap_scratch/rows_without"
ok 'DROP EXTENSION … CASCADE keeps every row' diff "$tap_scratch/rows" "$tap_scratch/rows_without"
run_sql "CREATE EXTENSION pg_evolve"
fails "SELECT evolve_cycle()" 'PE010' 'after CREATE EXTENSION the tables are not tied to it yet'
is "$(run_sql "SELECT count(*) FILTER (WHERE applied) FROM evolve_migrate()")" 0 'evolve_migrate() then applies no step'
dump --schema-only > "$tap_scratch/schema_again"
ok 'and ties them again: the schema is as before' diff "$tap_scratch/schema" "$tap_scratch/schema_again"
rows > "$tap_scratch/rows_again"
ok 'with every row as before' diff "$tap_scratch/rows" "$tap_scratch/rows_again"
is "$(run_sql "SELECT cycle_id IS NOT NULL AND evaluated > 0 FROM evolve_cycle(seed => 3)")" t 'evolve_cycle() works again'
finish
