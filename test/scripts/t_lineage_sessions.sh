#!/usr/bin/env bash
# Sessions store parents and children, delete strategies and add policies at random, at every isolation level, at once:
# whatever is refused, the shares that are left are those of the parents that are left.
. "$(dirname "$0")/tap.sh"
new_server
database evolve
sessions=8 transactions=100 strategies=60

run_sql "CREATE FUNCTION s(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS \$\$ SELECT lpad(n::text, 32, '0')::uuid \$\$" \
    "INSERT INTO evolve.user_strategies (id, user_id, name, ruleset)
     SELECT s(n), s(1000 + n % 9), 'S' || n, jsonb_build_object('entry', 'close > ' || n) FROM generate_series(1, $strategies) AS n" \
    "INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type)
     SELECT s(n), s(n + 6), 'x' FROM generate_series(1, $strategies - 12) AS n"

# script SEED: transactions of one to three statements, with pauses in which others are at work.
script() {
    awk -v seed="$1" -v transactions=$transactions -v strategies=$strategies '
    function below(n) { return int(rand() * n) }
    function statement(    parent, child, swap) {
        parent = 1 + below(strategies); child = 1 + below(strategies)
        if (rand() < 0.06) return "DELETE FROM evolve.user_strategies WHERE id = s(" child ");"
        if (rand() < 0.01) return "INSERT INTO evolve.royalty_policies (name, kind, parameters) VALUES (\047P" seed "\047, \047edges\047, jsonb_build_object(\047creator_percent\047, " below(100) "));"
        if (parent == child) child = child % strategies + 1
        if (parent > child) { swap = parent; parent = child; child = swap }
        return "INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type) VALUES (s(" parent "), s(" child "), \047x\047);"
    }
    BEGIN {
        srand(seed)
        print "\\set VERBOSITY sqlstate\n\\set ON_ERROR_ROLLBACK on"
        for (i = 0; i < transactions; ++i) {
            print "BEGIN ISOLATION LEVEL " (rand() < 0.6 ? "READ COMMITTED" : rand() < 0.7 ? "REPEATABLE READ" : "SERIALIZABLE") ";"
            for (n = 1 + below(3); n > 0; --n) printf "%s\nSELECT pg_sleep(%f);\n", statement(), rand() / 100
            print "COMMIT;"
        }
    }'
}
for session in $(seq "$sessions"); do
    script "$session" | psql -Xq > /dev/null 2> "$tap_scratch/errors.$session" &
done
wait || true

errors=$(cat "$tap_scratch"/errors.* | sed 's/.*ERROR: *//' | sort | uniq -c | awk '{ printf "%s %d, ", $2, $1 }')
echo "# $(run_sql "SELECT count(*) || ' edges, ' || max(child_generation) || ' generations' FROM evolve.strategy_lineage"); refused: ${errors%, }"
# 40P01 are two sessions that wait for each other.
is "$(cat "$tap_scratch"/errors.* | grep -vE 'ERROR: +(40001|40P01|PE012|23503|23505)$' | sort | uniq -c)" '' 'what is refused is refused for a reason'
like "$(run_sql "SELECT count(*) FROM evolve.strategy_lineage")" '^[0-9]{2,}$' 'and much is not'
is "$(run_sql "SELECT string_agg(part || ': ' || wrong, '; ') FROM evolve_verify()")" '' 'shares and generations are those of the parents'
is "$(run_sql "SELECT count(*) FROM evolve.strategy_shares WHERE strategy_id NOT IN (SELECT id FROM evolve.user_strategies)")" 0 \
    'nobody has shares that is no more'
finish
