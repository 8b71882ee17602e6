#!/usr/bin/env bash
# The ledger under fire: 32 sessions settle overlapping trades and take parts of them back, with retries, while backends are
# killed; every way in which one row can be changed; and the ledger replicated. EVOLVE_KILLS (6) and EVOLVE_TAMPERINGS (300) say how many.
. "$(dirname "$0")/tap.sh"
new_server "max_connections = 60" "wal_level = logical" "log_lock_waits = on" "deadlock_timeout = 300ms"
database evolve
kills=${EVOLVE_KILLS:-6}
tamperings=${EVOLVE_TAMPERINGS:-300}
trades=200

run_sql "INSERT INTO evolve.user_strategies (id, user_id, name, ruleset)
         SELECT md5('s' || n)::uuid, md5('u' || n % 7)::uuid, 'S' || n, '{\"entry\": \"close > open\", \"exit\": \"close < open\"}' FROM generate_series(1, 20) AS n" \
    "INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type, royalty_percent_child)
         SELECT md5('s' || parent)::uuid, md5('s' || n)::uuid, 'test', 10 * (n % 5) FROM generate_series(8, 20) AS n, unnest(ARRAY[n - 7, (n * 3) % 7 + 1]) AS parent
         WHERE parent < n GROUP BY parent, n ORDER BY n, parent DESC" \
    "INSERT INTO evolve.user_plans (user_id, plan_code, valid_from) VALUES (md5('u1')::uuid, 'starter', '2020-01-01'), (md5('u2')::uuid, 'creator', '2020-01-01')" \
    "INSERT INTO evolve.royalty_policies (name, kind, royalty_percent, high_water_mark) VALUES ('peak', 'edges', 7.5, true)" \
    "CREATE FUNCTION settle(n int) RETURNS SETOF boolean LANGUAGE sql AS \$\$
         SELECT settled FROM evolve_settle_trade('T' || n, md5('s' || 1 + n % 20)::uuid, round((sin(n) * 1000 + 300)::numeric, 2), 'USD', md5('t' || n % 3)::uuid, '2024-01-01',
             jsonb_build_object('policy', (ARRAY['owner', 'edges', 'generations', 'peak'])[1 + n % 4])) \$\$" \
    "CREATE FUNCTION take_back(n int, part int) RETURNS void LANGUAGE plpgsql AS \$\$
         BEGIN
             PERFORM evolve_reverse_settlement('T' || n, format('R%s.%s', n, part), 1.01);
         EXCEPTION WHEN SQLSTATE 'PE004' OR SQLSTATE 'PE009' THEN NULL; -- less than that is left, or it is not settled yet
         END \$\$"

# A client goes through its trades again and again until there is enough, and repeats each call until it is answered.
client() {
    local n call
    while kill -0 $$ 2> /dev/null; do
        for n in $(shuf -i 1-$trades -n 12 --random-source=<(yes "$1")); do
            for call in "SELECT settle($n), pg_sleep(0.03)" "SELECT take_back($n, $(($1 % 3))), pg_sleep(0.03)"; do
                until psql -XqAt -v ON_ERROR_STOP=1 -c "$call" >> "$tap_scratch/client_$1" 2>&1; do sleep 0.2; done
            done
        done
        [ ! -e "$tap_scratch/enough" ] || break
    done
}
clients=()
for i in $(seq 32); do
    client "$i" &
    clients+=($!)
done
# Backends that are settling are killed; the server restarts each time.
killed=0 end=$((SECONDS + 20 * kills))
while [ "$killed" -lt "$kills" ] && [ "$SECONDS" -lt "$end" ]; do
    sleep 0.3
    pid=$(run_sql "SELECT pid FROM pg_stat_activity WHERE query ~ '^SELECT (settle|take)' AND state = 'active' AND pid <> pg_backend_pid() LIMIT 1" 2> /dev/null || true)
    [ -z "$pid" ] || ! kill -9 "$pid" 2> /dev/null || killed=$((killed + 1))
    run_sql "SELECT evolve_seal_ledger()" > /dev/null 2>&1 || true
done
touch "$tap_scratch/enough"
for pid in "${clients[@]}"; do wait "$pid" || true; done
is "$killed" "$kills" "$killed backends were killed"
run_sql "SELECT settle(n) FROM generate_series(1, $trades) AS n" > /dev/null
is "$(run_sql "SELECT count(*), count(DISTINCT trade_id) FROM evolve.royalty_events WHERE kind = 'settlement'")" "$trades|$trades" 'each trade is settled once'
# Sessions that have met no repeat for a while write first and look then: each settles twenty trades of its own, then all of
# them the same five.
run_sql "CREATE FUNCTION settle_as(trade text) RETURNS boolean LANGUAGE sql AS \$\$
         SELECT settled FROM evolve_settle_trade(trade, md5('s9')::uuid, 50, 'USD', md5('t')::uuid, '2024-01-01') \$\$"
clients=()
for i in $(seq 32); do
    {
        for n in $(seq 20); do echo "SELECT settle_as('own $i $n');"; done
        for n in $(seq 5); do echo "SELECT 'shared', settle_as('shared $n');"; done
    } | psql -XqAt -v ON_ERROR_STOP=1 > "$tap_scratch/optimist_$i" 2>&1 &
    clients+=($!)
done
for pid in "${clients[@]}"; do wait "$pid" || true; done
is "$(cat "$tap_scratch"/optimist_* | sort | uniq -c | awk '{ print $2, $1 }' | paste -s -d ,)" 'shared|f 155,shared|t 5,t 640' 'of 32 sessions that settle a trade one does, and the others are told'
is "$(run_sql "SELECT count(*), count(DISTINCT trade_id) FROM evolve.royalty_events WHERE trade_id LIKE 'shared %'")" '5|5' 'and it is there once'
is "$(run_sql "SELECT count(*) FROM (SELECT event_id FROM evolve.royalty_ledger GROUP BY event_id HAVING sum(amount) <> 0) AS wrong")" 0 'all postings sum to zero'
is "$(run_sql "SELECT count(*) FROM (SELECT currency FROM evolve.royalty_balances GROUP BY currency HAVING sum(balance) <> 0) AS wrong")" 0 'so do the balances'
is "$(run_sql "SELECT count(*) FROM (SELECT coalesce(reverses, event_id) AS settlement, user_id FROM evolve.royalty_ledger JOIN evolve.royalty_events USING (event_id, user_id)
               GROUP BY 1, 2 HAVING sum(royalty_amount) < 0 OR sum(platform_fee) < 0) AS wrong")" 0 'nobody was taken more than he got'
is "$(run_sql "SELECT string_agg(part || ': ' || wrong, '; ') FROM evolve_verify()")" '' 'evolve_verify() finds nothing wrong'
is "$(grep -c 'deadlock detected' "$(run_dir)/check/$tap_script/log" || true)" 0 'no deadlock'

# --- Tampering -------------------------------------------------------------------------------------------------------------
# Half of the ledger sealed, half not.
run_sql "SELECT evolve_seal_ledger()" "SELECT settle(n) FROM generate_series($trades + 1, $trades + 40) AS n" > /dev/null
run_sql "DELETE FROM evolve.user_strategies WHERE id NOT IN (SELECT strategy_id FROM evolve.royalty_events WHERE strategy_id IS NOT NULL)
         AND id NOT IN (SELECT parent_strategy_id FROM evolve.strategy_lineage)"
run_sql "CREATE FUNCTION tampering(OUT tried int, OUT missed text) LANGUAGE plpgsql AS \$\$
         DECLARE
             statement text;
             changed int;
         BEGIN
             tried := 0;
             SET LOCAL session_replication_role = replica;
             WHILE tried < $tamperings AND missed IS NULL LOOP
                 statement := (ARRAY[
                     'UPDATE evolve.royalty_ledger SET amount = amount + 0.01 WHERE entry_id = %s',
                     'UPDATE evolve.royalty_ledger SET user_id = md5(user_id::text)::uuid WHERE entry_id = %s',
                     'UPDATE evolve.royalty_ledger SET created_at = created_at + interval ''1 second'' WHERE entry_id = %s',
                     'UPDATE evolve.royalty_ledger SET trade_id = trade_id || ''x'' WHERE entry_id = %s',
                     'UPDATE evolve.royalty_ledger SET currency = ''EUR'' WHERE entry_id = %s',
                     'UPDATE evolve.royalty_ledger SET event_id = event_id + 1 WHERE entry_id = %s',
                     'DELETE FROM evolve.royalty_ledger WHERE entry_id = %s',
                     'INSERT INTO evolve.royalty_ledger (event_id, account, user_id, currency, amount, created_at) SELECT event_id, account, user_id, currency, amount, created_at FROM evolve.royalty_ledger WHERE entry_id = %s',
                     'UPDATE evolve.royalty_events SET amount = amount + 0.01 WHERE event_id = (SELECT event_id FROM evolve.royalty_ledger WHERE entry_id = %s)',
                     'UPDATE evolve.royalty_events SET closed_at = now() WHERE event_id = (SELECT event_id FROM evolve.royalty_ledger WHERE entry_id = %s)',
                     'UPDATE evolve.royalty_events SET traded_by = md5(event_key)::uuid WHERE event_id = (SELECT event_id FROM evolve.royalty_ledger WHERE entry_id = %s)',
                     'UPDATE evolve.royalty_events SET reason = ''because'' WHERE event_id = (SELECT event_id FROM evolve.royalty_ledger WHERE entry_id = %s)',
                     'DELETE FROM evolve.royalty_events WHERE event_id = (SELECT event_id FROM evolve.royalty_ledger WHERE entry_id = %s)',
                     'UPDATE evolve.share_sets SET content = content || ''\x00'' WHERE share_set_id = (SELECT share_set_id FROM evolve.royalty_events JOIN evolve.royalty_ledger USING (event_id) WHERE entry_id = %s)'])
                     [1 + tried % 14];
                 statement := format(statement, (SELECT entry_id FROM evolve.royalty_ledger ORDER BY random() LIMIT 1));
                 BEGIN
                     EXECUTE statement;
                     GET DIAGNOSTICS changed = ROW_COUNT;
                     -- Reversals have no share set of their own, and the event that follows may not be there.
                     IF changed > 0 THEN
                         tried := tried + 1;
                         IF NOT EXISTS (SELECT FROM evolve_verify() WHERE wrong IS NOT NULL) THEN
                             missed := statement;
                         END IF;
                     END IF;
                     RAISE EXCEPTION USING ERRCODE = 'PX999';
                 EXCEPTION
                     WHEN SQLSTATE 'PX999' THEN NULL;
                     WHEN check_violation THEN tried := tried + 1; -- the row refuses by itself
                 END;
             END LOOP;
         END \$\$"
is "$(run_sql "SET client_min_messages = warning" "SELECT tried, coalesce(missed, 'none') FROM tampering()")" "$tamperings|none" "each of $tamperings changes of a single row is found"
is "$(run_sql "SELECT count(wrong) FROM evolve_verify()")" 0 'and nothing else'
# Replicated: rows that are written without a statement arrive like others, and what a replica's session keeps goes with
# what arrives.
run_sql "CREATE PUBLICATION ledger FOR TABLE evolve.royalty_events, evolve.royalty_ledger, evolve.user_strategies, evolve.user_plans" \
    "SELECT pg_create_logical_replication_slot('ledger', 'pgoutput')" > /dev/null
database replica
run_sql "SELECT setval('evolve.royalty_events_event_id_seq', 1000000)" \
    "CREATE FUNCTION fee(trade text) RETURNS numeric LANGUAGE sql AS \$\$
         SELECT platform_fee FROM evolve_settle_trade(trade, md5('s3')::uuid, 100, 'USD', md5('t')::uuid, '2024-01-01') \$\$" \
    "CREATE SUBSCRIPTION ledger CONNECTION 'host=$PGHOST port=$PGPORT dbname=evolve user=postgres' PUBLICATION ledger
         WITH (create_slot = false, slot_name = 'ledger')" > /dev/null
wait_for "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel" || die "replication did not begin"
background keeper "SELECT fee('kept 1')" \
    "DO 'DECLARE until timestamptz := clock_timestamp() + interval ''30 s''; BEGIN
         WHILE clock_timestamp() < until AND NOT EXISTS (SELECT FROM evolve.user_plans WHERE user_id = md5(''u3'')::uuid) LOOP PERFORM pg_sleep(0.05); END LOOP; END'" \
    "SELECT fee('kept 2')"
wait_for "SELECT EXISTS (SELECT FROM evolve.royalty_events WHERE trade_id = 'kept 1')" || die "nothing was settled: $(cat "$tap_scratch/keeper")"
PGDATABASE=evolve run_sql "INSERT INTO evolve.user_plans (user_id, plan_code, valid_from) VALUES (md5('u3')::uuid, 'creator', '2020-01-01')" \
    "SELECT count(settle_as('late ' || n)) FROM generate_series(1, 300) AS n" > /dev/null
wait
is "$(paste -s -d ' ' "$tap_scratch/keeper")" '0.25 0.15' 'a plan that arrives counts for a session that knew of none'
rows_of_ledger() {
    run_sql "SELECT (SELECT md5(string_agg(event::text, ' ' ORDER BY event_id)) FROM evolve.royalty_events AS event WHERE event_id < 1000000),
                    (SELECT md5(string_agg(entry::text, ' ' ORDER BY event_id, entry_id)) FROM evolve.royalty_ledger AS entry WHERE event_id < 1000000),
                    (SELECT count(*) FROM evolve.royalty_events WHERE trade_id LIKE 'late %')"
}
late=$(PGDATABASE=evolve run_sql "SELECT count(*) FROM evolve.royalty_ledger WHERE trade_id LIKE 'late %'")
wait_for "SELECT count(*) = $late FROM evolve.royalty_ledger WHERE trade_id LIKE 'late %'" || true
is "$(rows_of_ledger)" "$(PGDATABASE=evolve rows_of_ledger)" 'the ledger of a replica has the same rows'
run_sql "ALTER SUBSCRIPTION ledger DISABLE" "ALTER SUBSCRIPTION ledger SET (slot_name = NONE)" "DROP SUBSCRIPTION ledger"
finish
