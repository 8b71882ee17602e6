# shellcheck shell=bash
# Sourced by the server scripts t_*.sh: a private server of the script's own, and checks that print TAP.
#
# A script starts with
#     . "$(dirname "$0")/tap.sh"
#     new_server                      # or new_server "shared_preload_libraries = 'pg_cron'"
#     database evolve                 # creates it with the extension and its tables, and connects
# makes its checks with is, ok, like, fails, and ends with `finish`. check.sh counts the lines "ok", "not ok" and
# "ok … # SKIP", and counts a script without its closing plan line "1..N" as failed.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/server.sh"

tap_script=$(basename "$0" .sh)
tap_count=0
tap_scratch=$(mktemp -d)
mkdir "$tap_scratch/pids"

tap_end() {
    local status=$?
    trap - EXIT
    # Sessions that the script left in the background end with their server.
    if [ "$status" -ne 0 ]; then
        echo "# $tap_script stopped with status $status"
        echo "# end of the server's log:"
        tail -n 30 "$(run_dir)/check/$tap_script/log" 2> /dev/null | sed 's/^/#   /' || true
    fi
    server_remove check "$tap_script"
    rm -rf "$tap_scratch"
    exit "$status"
}
trap tap_end EXIT
trap 'exit 130' INT TERM

# new_server [LINE...]: a fresh server for this script; the lines go to postgresql.conf.
new_server() {
    # check.sh has staged the extension; a script that runs alone does it itself.
    [ -n "${EVOLVE_STAGED:-}" ] || stage_extension check
    server_create check "$tap_script" "$@"
    server_start check "$tap_script"
}

# database NAME: creates it with the extension and its tables, and connects there.
database() {
    psql -Xq -d postgres -c "CREATE DATABASE $1"
    export PGDATABASE=$1
    run_sql "CREATE EXTENSION pg_evolve" "SELECT count(*) FROM evolve_migrate()" > /dev/null
}

# run_sql SQL...: the statements' output, unaligned; each argument is a transaction of its own. Stops at an error.
run_sql() {
    local arguments=() statement
    for statement in "$@"; do
        arguments+=(-c "$statement")
    done
    psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "${arguments[@]}"
}

# background SESSION SQL...: the same in a session of its own, called SESSION in pg_stat_activity; its output goes to
# $tap_scratch/SESSION. `wait` waits for it.
background() {
    local session=$1
    shift
    rm -f "$tap_scratch/pids/$session"
    PGAPPNAME=$session run_sql "\\o $tap_scratch/pids/$session" "SELECT pg_backend_pid()" "\\o" "$@" > "$tap_scratch/$session" 2>&1 &
}

# Process of a session in the background, also while its application_name says what it works on; nothing when it is gone.
backend_of() {
    local end=$((SECONDS + 30))
    until [ -s "$tap_scratch/pids/$1" ]; do
        [ "$SECONDS" -lt "$end" ] || die "$1 does not begin: $(cat "$tap_scratch/$1")"
        sleep 0.05
    done
    run_sql "SELECT pid FROM pg_stat_activity WHERE pid = $(cat "$tap_scratch/pids/$1")"
}

# Waits until SESSION stands at an advisory lock that another session holds.
wait_for_lock() {
    wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = '$(backend_of "$1")' AND wait_event = 'advisory')" ||
        die "$1 did not come to its lock: $(cat "$tap_scratch/$1")"
}

# hold_lock: takes advisory lock 42 in a session called holder. Triggers of the scripts wait for it, so that a statement
# can be stopped at a known place.
hold_lock() {
    background holder "SELECT pg_advisory_lock(42)" "SELECT pg_sleep(600)"
    wait_for "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND granted)" || die "no lock"
}

release_lock() {
    run_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" > /dev/null
}

# crash SESSION: kill -9 of its backend, then waits until the server is back.
crash() {
    kill -9 "$(backend_of "$1")"
    wait || true
    wait_for "SELECT true" || die "the server did not come back"
}

# make_bars SYMBOL COUNT: daily bars by formula, the same everywhere.
make_bars() {
    run_sql "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
             SELECT '$1', '1d', '2000-01-01 00:00:00+00'::timestamptz + i * interval '1 day', c, c + 1, c - 1, c, 1000 + i % 7
             FROM (SELECT i, round((100 + i * 0.02 + 20 * sin(i / 40.0) + 6 * sin(i / 7.0 + length('$1')))::numeric, 2)::float8 AS c
                   FROM generate_series(1, $2) AS i) AS made"
}

# load_strategies FILE.json...: what the demo loads, or other files of that form; prints how many came in.
load_strategies() {
    local file loaded=0
    for file in "$@"; do
        loaded=$((loaded + $(psql -XqAt -v ON_ERROR_STOP=1 -v strategies="$(cat "$file")" <<< \
            "SELECT count(*) FROM evolve_load_strategies(:'strategies'::jsonb) WHERE action = 'loaded'")))
    done
    echo "$loaded"
}

# load_demo: the bars and strategies of the demo.
load_demo() {
    local series
    for series in "sp500_daily_2000_2020 SP500" "goog_daily_2004_2008 GOOG"; do
        {
            printf "SELECT FROM evolve_import_bars(\$csv\$"
            cat "$evolve_top/demo/${series% *}.csv"
            printf "\$csv\$, '%s', '1d');" "${series#* }"
        } | psql -XqAt -v ON_ERROR_STOP=1
    done > /dev/null
    load_strategies "$evolve_top"/demo/strategies/*.json > /dev/null
}

# dump [OPTION...]: pg_dump of the database without what differs from run to run.
dump() {
    pg_dump "$@" 2> "$tap_scratch/pg_dump.err" | sed '/^\\restrict /d; /^\\unrestrict /d' || {
        cat "$tap_scratch/pg_dump.err"
        return 1
    }
}

# Sorts the rows of each table in a dump: where a row lies in its table's file is no property of the database.
sort_rows() {
    awk '{ if (!copying) n++; printf "%08d\t%s\n", n, $0 }
         /^COPY .* FROM stdin;$/ { copying = 1; n++ }
         /^\\\.$/ { copying = 0 }' | LC_ALL=C sort | cut -f 2-
}

# rows: every row of schema evolve, as text. Sequences are not transactional and are left out.
rows() {
    dump --data-only --schema=evolve | grep -v 'pg_catalog.setval' | sort_rows
}

# Waits until a query says t; at most SECONDS (default 30).
wait_for() {
    local query=$1 seconds=${2:-30} end
    end=$((SECONDS + seconds))
    while [ "$(psql -XqAt -c "$query" 2> /dev/null || true)" != t ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

tap_ok() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1"
}

tap_not_ok() {
    tap_count=$((tap_count + 1))
    echo "not ok $tap_count - $1"
}

# is GOT WANT DESCRIPTION
is() {
    if [ "$1" = "$2" ]; then
        tap_ok "$3"
    else
        tap_not_ok "$3"
        printf '#   got:  %s\n#   want: %s\n' "${1//$'\n'/$'\n#         '}" "${2//$'\n'/$'\n#         '}"
    fi
}

# ok DESCRIPTION COMMAND...: passes when the command succeeds.
ok() {
    local description=$1
    shift
    if "$@" > "$tap_scratch/ok" 2>&1; then
        tap_ok "$description"
    else
        tap_not_ok "$description"
        sed -n '1,40p' "$tap_scratch/ok" | cut -c 1-300 | sed 's/^/#   /'
    fi
}

# like GOT REGULAR_EXPRESSION DESCRIPTION
like() {
    if grep -qE -- "$2" <<< "$1"; then
        tap_ok "$3"
    else
        tap_not_ok "$3"
        printf '#   got:  %s\n#   want: %s\n' "${1//$'\n'/$'\n#         '}" "$2"
    fi
}

# fails SQL REGULAR_EXPRESSION DESCRIPTION: the statement ends in an error that reads so.
fails() {
    local output
    if output=$(run_sql "$1" 2>&1); then
        tap_not_ok "$3"
        echo "#   no error; output: ${output//$'\n'/$'\n#   '}"
    else
        like "$output" "$2" "$3"
    fi
}

skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - # SKIP $1"
}

finish() {
    echo "1..$tap_count"
}
