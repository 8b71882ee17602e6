#!/usr/bin/env bash
# The queue under kill -9 of its workers: nothing is lost, nothing done twice; a worker that hangs cannot finish what
# another has taken over; what is worked on is cancelled within a second. EVOLVE_KILLS=N: how many are killed.
. "$(dirname "$0")/tap.sh"
new_server
database evolve

kills=${EVOLVE_KILLS:-15}
RANDOM=${EVOLVE_SEED:-4711}
make_bars AAA 4000
# Who reads the bars of SLOW waits while somebody holds advisory lock 42.
run_sql "CREATE FUNCTION waits() RETURNS boolean LANGUAGE plpgsql AS \$\$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN true; END \$\$" \
    "CREATE VIEW slow AS SELECT ts, open, high, low, close, volume FROM evolve.market_bars WHERE symbol = 'AAA' AND (SELECT waits())" \
    "INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('SLOW', '1d', 'public.slow')" \
    "CREATE TABLE log_of_done (item bigint, worker text)" \
    "CREATE FUNCTION log_done() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO public.log_of_done VALUES (NEW.id, NEW.worker); RETURN NULL; END \$\$" \
    "CREATE TRIGGER log_done AFTER UPDATE ON evolve.queue FOR EACH ROW WHEN (NEW.status = 'done' AND OLD.status <> 'done') EXECUTE FUNCTION log_done()"

# queue OWNER COUNT SYMBOL
queue() {
    run_sql "SET evolve.user_id = '00000000-0000-0000-0000-00000000000$1'" \
        "SELECT count(evolve_backtest_async(jsonb_build_object('entry', format('rsi(close, %s) < 30', 2 + n), 'exit', 'rsi(5) > 60', 'trailing_stop', '{\"pct\": 3}'::jsonb), '$3'))
         FROM generate_series(1, $2) AS n"
}
status_of() {
    run_sql "SELECT status FROM evolve.queue WHERE id = $1"
}
newest="SELECT max(id) FROM evolve.queue"

# --- Killed at random moments -------------------------------------------------------------------------------------------
# A worker comes again and again, whatever becomes of it, until the file is gone.
touch "$tap_scratch/go_on"
worker() {
    while kill -0 $$ 2> /dev/null && [ -f "$tap_scratch/go_on" ]; do
        psql -XqAt -c "CALL evolve_work(1000, '30 seconds')" > /dev/null 2>&1 || true
        sleep 0.02
    done
}
for _ in 1 2 3 4; do worker & done

# A server that has just been hit breaks off what the client sends: what was not acknowledged does not count.
killed=0
queued=0
for ((round = 0; killed < kills && round < 20 * kills; round++)); do
    wait_for "SELECT true" || die "the server did not come back"
    added=$(queue $((round % 5)) 40 AAA 2> /dev/null) || continue
    queued=$((queued + ${added:-0}))
    # Nothing is given up here, however often it is hit.
    run_sql "UPDATE evolve.queue SET max_attempts = 1000 WHERE max_attempts < 1000 AND status IN ('queued', 'running')" 2> /dev/null || continue
    sleep "0.$(printf '%02d' $((RANDOM % 25)))"
    pid=$(run_sql "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL evolve_work%' AND state = 'active' LIMIT 1" 2> /dev/null) || continue
    [ -n "$pid" ] && kill -9 "$pid" 2> /dev/null || continue
    killed=$((killed + 1))
    # Its row is there until the server has begun anew.
    wait_for "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)" || die "the server did not come back"
done
sleep 1
wait_for "SELECT true" || die "the server did not come back"
is "$killed" "$kills" "kill -9 hit $kills workers"
ok 'what the dead worked on is done again within five seconds' \
    wait_for "SELECT NOT EXISTS (SELECT FROM evolve.queue WHERE status = 'running' AND started_at < clock_timestamp() - interval '3 seconds')" 5
wait_for "SELECT NOT EXISTS (SELECT FROM evolve.queue WHERE status IN ('queued', 'running'))" 120 || true
rm "$tap_scratch/go_on"
wait
is "$(run_sql "SELECT count(*) >= $queued, count(*) FILTER (WHERE status <> 'done' OR result IS NULL) FROM evolve.queue")" "t|0" "all $queued items are done, none is lost"
is "$(run_sql "SELECT count(*) = count(DISTINCT item), count(*) = (SELECT count(*) FROM evolve.queue) FROM log_of_done")" "t|t" 'and none was done twice'
is "$(run_sql "SELECT max(attempts) > 1 FROM evolve.queue")" t 'some were begun more than once'
is "$(run_sql "SELECT count(*) FROM evolve.queue WHERE result <> to_jsonb(evolve_backtest(payload -> 'ruleset', 'AAA')) AND id % 10 = 0")" 0 \
    'their results are those of evolve_backtest()'

# --- A worker that hangs ------------------------------------------------------------------------------------------------
queue 1 1 SLOW > /dev/null
item=$(run_sql "$newest")
hold_lock
background hangs "CALL evolve_work(1, '5 seconds')"
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'pg_evolve queue: item $item, alive%' AND wait_event = 'advisory')" || die "it does not begin"
hanging=$(run_sql "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pg_evolve queue: item $item,%'")
kill -STOP "$hanging"
release_lock
run_sql "CALL evolve_work()"
is "$(status_of "$item")" running 'while its lease lasts the item of a worker that hangs is left alone'
wait_for "SELECT lease_until < clock_timestamp() FROM evolve.queue WHERE id = $item"
run_sql "CALL evolve_work()"
is "$(run_sql "SELECT status, attempts, fencing_token = (SELECT last_value FROM evolve.queue_fencing_token), worker <> 'postgres $hanging' FROM evolve.queue WHERE id = $item")" \
    'done|2|t|t' 'afterwards another worker does it'
before=$(run_sql "SELECT queue FROM evolve.queue WHERE id = $item")
kill -CONT "$hanging"
wait
like "$(cat "$tap_scratch/hangs")" "NOTICE: .*item $item was taken over by another worker" 'the one that hung is told that it comes too late'
is "$(run_sql "SELECT queue FROM evolve.queue WHERE id = $item")" "$before" 'and changes nothing'
is "$(run_sql "SELECT count(*) FROM log_of_done WHERE item = $item")" 1 'it is done once'

# --- A long backtest keeps its item: its heart beats --------------------------------------------------------------------
run_sql "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
         SELECT 'LONG', '1m', '2000-01-01 00:00:00+00'::timestamptz + i * interval '1 minute', c, c + 0.1, c - 0.1, c, i % 1000
         FROM (SELECT i, 100 + 20 * sin(i / 40000.0) + 6 * sin(i / 70.0) AS c FROM generate_series(1, 1000000) AS i) AS made" \
    "ALTER ROLE postgres SET evolve.max_threads = 1" "UPDATE evolve.settings SET value = '10000' WHERE name = 'ruleset_max_nodes'"
# However fast the machine is: a backtest that is too short for this is asked for again with twice the conditions.
for conditions in 35 70 140 280; do
    item=$(run_sql "SELECT evolve_backtest_async(jsonb_build_object('entry', string_agg(format('tema(tema(tema(close, %s), %s), %s) < 2 * close', n, n + 1, n), ' and '),
                                                                    'exit', 'rsi(5) > 60', 'trailing_stop', '{\"pct\": 3}'::jsonb), 'LONG', '1m') FROM generate_series(2, $conditions + 1) AS n")
    background long "CALL evolve_work(1, '1 second')"
    wait_for "SELECT status <> 'queued' FROM evolve.queue WHERE id = $item" || die "it does not begin"
    while [ "$(status_of "$item")" = running ]; do run_sql "CALL evolve_work()"; done
    wait
    done_once=$(run_sql "SELECT status, attempts, finished_at - started_at > interval '1.5 seconds' FROM evolve.queue WHERE id = $item")
    [ "$done_once" = 'done|1|f' ] || break
done
is "$done_once" 'done|1|t' 'a backtest that takes longer than its lease is done by the worker that began it'
is "$(cat "$tap_scratch/long")" '' 'which was told nothing else'

# --- Cancel -------------------------------------------------------------------------------------------------------------
queue 2 1 SLOW > /dev/null
item=$(run_sql "$newest")
queue 2 2 AAA > /dev/null
run_sql "SET evolve.user_id = '00000000-0000-0000-0000-000000000002'" "SELECT evolve_queue_cancel($item + 1)" > "$tap_scratch/cancel"
is "$(cat "$tap_scratch/cancel") $(status_of $((item + 1)))" 'cancelled cancelled' 'what waits is cancelled at once'
hold_lock
background working "CALL evolve_work()" "SHOW application_name"
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'pg_evolve queue: item $item, alive%' AND wait_event = 'advisory')" || die "it does not begin"
fails "SET evolve.user_id = '00000000-0000-0000-0000-000000000001'; SET ROLE pg_monitor; SELECT evolve_queue_cancel($item)" '42501' 'not by everybody'
begin=$(date +%s%N)
is "$(run_sql "SET evolve.user_id = '00000000-0000-0000-0000-000000000002'" "SELECT evolve_queue_cancel($item)")" running 'what is worked on is cancelled by its worker'
wait_for "SELECT status = 'cancelled' FROM evolve.queue WHERE id = $item" 10
late=$((($(date +%s%N) - begin) / 1000000))
ok "within a second ($late ms)" test "$late" -lt 1000
wait_for "SELECT status = 'done' FROM evolve.queue WHERE id = $item + 2" || true
is "$(status_of $((item + 2)))" 'done' 'and the worker goes on with the next item'

# A worker that is told to stop gives its item back, unharmed.
release_lock
wait
queue 3 1 SLOW > /dev/null
item=$(run_sql "$newest")
hold_lock
background stopped "CALL evolve_work()"
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'pg_evolve queue: item $item, alive%' AND wait_event = 'advisory')" || die "it does not begin"
run_sql "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pg_evolve queue: item $item,%'" > /dev/null
wait_for "SELECT status = 'queued' AND attempts = 0 FROM evolve.queue WHERE id = $item"
release_lock
wait
like "$(cat "$tap_scratch/stopped")" "57014: canceling statement.*|DETAIL: +Item $item waits for another worker" 'a worker that is stopped says so'
like "$(cat "$tap_scratch/working")" '^working$' 'and the other one has its name back'
run_sql "CALL evolve_work()"
is "$(run_sql "SELECT status, attempts FROM evolve.queue WHERE id = $item")" 'done|1' 'another one does it'
is "$(run_sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" 0 'no lock is left'
finish
