#!/usr/bin/env bash
# Every test of the project. Each suite prints its own count; the last line is the sum: "N passed, N failed". Tests without
# data to work on, or for another version of a tool, are counted as skipped before it. A suite that does not run to its end
# counts as a failure.
#
# SUITES="unit regress" runs only those. Logs are in build/logs.
set -uo pipefail
cd "$(dirname "$0")/../.."
. test/scripts/server.sh
set -e

all_suites="lint unit sanitize fuzz regress isolation pgtap server"
logs=$evolve_build/logs
passed=0 failed=0 skipped=0
failures=""

# What names a test that failed in any suite's log.
failure_lines='^not ok|broke off (here|with)|^[[:space:]]*[0-9]+ - .*\((Failed|Timeout|SEGFAULT|Not Run)|\.\.\. FAILED'

# report SUITE PASSED FAILED SKIPPED SECONDS
report() {
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    printf '%-10s %5d passed, %d failed, %d skipped   (%d s)\n' "$1" "$2" "$3" "$4" "$5"
    [ "$3" -eq 0 ] || {
        echo "--- $logs/$1.log ---"
        grep -nE -A 12 "$failure_lines" "$logs/$1.log" | head -n 120 || true
        echo "--- its end ---"
        tail -n 40 "$logs/$1.log"
        echo "---"
        failures+="FAILED in $1:"$'\n'$(grep -E -A 3 "$failure_lines" "$logs/$1.log" | head -n 30 || true)$'\n'
    }
}

# count_tap FILE: "passed failed skipped" of a TAP stream that must have a plan it fulfils.
count_tap() {
    awk '
        /^ok .*# SKIP/ { skipped++; next }
        /^ok / { passed++ }
        /^not ok / { failed++ }
        /^1\.\.[0-9]+/ { planned = substr($1, 4) + 0; plans++ }
        END {
            if (plans != 1 || planned != passed + failed + skipped || planned == 0) failed++
            print passed + 0, failed + 0, skipped + 0
        }' "$1"
}

# run_suite SUITE: runs the function suite_SUITE, which writes its log and leaves its count in $counted.
run_suite() {
    local suite=$1 start=$SECONDS status=0
    counted="0 0 0"
    "suite_$suite" || status=$?
    read -r p f s <<< "$counted"
    # A suite says itself which tests failed; one that broke off, or ran nothing, is one failure more.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ] || [ $((p + f + s)) -eq 0 ]; then
        f=$((f + 1))
        echo "$suite broke off with status $status" >> "$logs/$suite.log"
    fi
    report "$suite" "$p" "$f" "$s" $((SECONDS - start))
}

suite_lint() {
    test/scripts/lint.sh > "$logs/lint.log" 2>&1 || true
    counted=$(count_tap "$logs/lint.log")
}

# cmake_tests SUITE LABEL CMAKE_OPTION...: builds the unit tests and runs those of the label.
cmake_tests() {
    local folder=$evolve_build/tests log=$logs/$1.log label=$2
    shift 2
    {
        cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEVOLVE_OBJECTS="$evolve_build/obj" "$@" &&
            cmake --build "$folder" -j2
    } > "$log" 2>&1 || return 1
    rm -f "$folder/tests.xml"
    (cd "$folder" && ctest -j2 -L "^$label\$" --output-on-failure --no-tests=error --output-junit tests.xml) >> "$log" 2>&1 || true
    [ -f "$folder/tests.xml" ] || return 1
    counted=$(awk '
        function number(key) { return match($0, key "=\"[0-9]+\"") ? substr($0, RSTART + length(key) + 2) + 0 : 0 }
        /^[ \t]*(tests|failures|disabled|skipped)="/ || /<testsuite/ {
            if (match($0, /tests="/)) tests = number("tests")
            if (match($0, /failures="/)) failures = number("failures")
            if (match($0, /skipped="/)) skipped = number("skipped")
            if (match($0, /disabled="/)) disabled = number("disabled")
        }
        END { print tests - failures - skipped - disabled, failures + disabled, skipped + 0 }' "$folder/tests.xml")
}

suite_unit() {
    cmake_tests unit unit -DEVOLVE_SANITIZE=OFF
}

suite_sanitize() {
    local EVOLVE_TEST_SCALE=${EVOLVE_TEST_SCALE:-0.05}
    export EVOLVE_TEST_SCALE
    cmake_tests sanitize watched -DEVOLVE_SANITIZE=ON
}

suite_fuzz() {
    FUZZ_SECONDS=${FUZZ_SECONDS:-5} test/scripts/fuzz.sh > "$logs/fuzz.log" 2>&1 || true
    counted=$(count_tap "$logs/fuzz.log")
}

# One server for the suites that need no special one.
shared_server() {
    [ -z "${shared_server_runs:-}" ] || return 0
    server_create check shared "log_statement = none" "log_line_prefix = '%e '"
    server_start check shared
    shared_server_runs=yes
}

# count_regress LOG TESTS: pg_regress prints "test x ... ok" up to 15, TAP since 16. A test it does not name has failed.
count_regress() {
    local ok
    ok=$(grep -cE '^ok |^(test|     ).* \.\.\. ok' "$1" || true)
    echo "$ok $(($2 - ok)) 0"
}

# expected_files FROM WORK TEST...: a folder for pg_regress with the expected output. Without a file it would stop at that
# test; an empty one lets the others run.
expected_files() {
    local from=$1 work=$2 test
    shift 2
    rm -rf "$work"
    mkdir -p "$work/expected"
    cp "$from"/*.out "$work/expected/" || true
    for test in "$@"; do
        [ -f "$work/expected/$test.out" ] || : > "$work/expected/$test.out"
    done
}

# In a folder of its own, so that results do not land in the work tree.
suite_regress() {
    local work=$evolve_build/regress tests=() file status=0
    shared_server
    for file in test/sql/*.sql; do
        [ ! -f "$file" ] || tests+=("$(basename "$file" .sql)")
    done
    [ ${#tests[@]} -gt 0 ] || return 1
    expected_files "$evolve_top/expected" "$work" "${tests[@]}"
    (cd "$work" && "$(pgxs_test regress/pg_regress)" --bindir="$("$PG_CONFIG" --bindir)" --inputdir="$evolve_top/test" \
        --load-extension=pg_evolve --dbname=regression --host="$PGHOST" --port="$PGPORT" --user=postgres "${tests[@]}") \
        > "$logs/regress.log" 2>&1 9>&- || status=$?
    counted=$(count_regress "$logs/regress.log" ${#tests[@]})
    [ ! -f "$work/regression.diffs" ] || cat "$work/regression.diffs" >> "$logs/regress.log"
    [ "$status" -eq 0 ] || return "$status"
    # Whatever the tests sent, hostile input among it: no error that we did not foresee, and no crash.
    read -r p f s <<< "$counted"
    if grep -E '^(XX|58)...|PANIC|terminated by signal' "$(run_dir)/check/shared/log" >> "$logs/regress.log"; then
        counted="$p $((f + 1)) $s"
    else
        counted="$((p + 1)) $f $s"
    fi
}

# The specs find a database with the extension and its tables.
suite_isolation() {
    local work=$evolve_build/isolation tests=() file status=0
    shared_server
    for file in test/isolation/specs/*.spec; do
        [ ! -f "$file" ] || tests+=("$(basename "$file" .spec)")
    done
    [ ${#tests[@]} -gt 0 ] || return 1
    expected_files "$evolve_top/test/isolation/expected" "$work" "${tests[@]}"
    prepare_database isolation > "$logs/isolation.log" 2>&1 || return 1
    (cd "$work" && "$(pgxs_test isolation/pg_isolation_regress)" --bindir="$("$PG_CONFIG" --bindir)" \
        --inputdir="$evolve_top/test/isolation" --use-existing --dbname=isolation \
        --host="$PGHOST" --port="$PGPORT" --user=postgres "${tests[@]}") >> "$logs/isolation.log" 2>&1 9>&- || status=$?
    counted=$(count_regress "$logs/isolation.log" ${#tests[@]})
    [ ! -f "$work/regression.diffs" ] || cat "$work/regression.diffs" >> "$logs/isolation.log"
    return "$status"
}

# Each file starts in a database of its own with pgTAP, the extension and its tables.
suite_pgtap() {
    local file log=$logs/pgtap.log
    : > "$log"
    shared_server
    prepare_database pgtap_template "CREATE EXTENSION pgtap" >> "$log" 2>&1 || return 1
    local p=0 f=0 s=0 count status
    for file in test/pgtap/*.sql; do
        [ -f "$file" ] || continue
        psql -Xq -d postgres -c "DROP DATABASE IF EXISTS pgtap" -c "CREATE DATABASE pgtap TEMPLATE pgtap_template" >> "$log" 2>&1
        status=0
        echo "# $file" >> "$log"
        pg_prove --verbose --dbname pgtap "$file" > "$logs/pgtap.one" 2>&1 9>&- || status=$?
        cat "$logs/pgtap.one" >> "$log"
        read -r -a count <<< "$(count_tap "$logs/pgtap.one")"
        [ "$status" -eq 0 ] || [ "${count[1]}" -gt 0 ] || count[1]=1
        p=$((p + count[0])) f=$((f + count[1])) s=$((s + count[2]))
    done
    rm -f "$logs/pgtap.one"
    counted="$p $f $s"
}

# Three at a time, because they wait more than they work, the longest first; those that measure time have the machine to
# themselves afterwards.
suite_server() {
    local script name log=$logs/server.log together=() alone=() count p=0 f=0 s=0
    for script in test/scripts/t_*.sh; do
        [ -f "$script" ] || continue
        if grep -q '^# runs alone' "$script"; then
            alone+=("$script")
        elif grep -q '^# runs first' "$script"; then
            together=("$script" "${together[@]}")
        else
            together+=("$script")
        fi
    done
    : > "$log"
    mkdir -p "$logs/server" && rm -f "$logs/server"/*
    printf '%s\n' "${together[@]}" | run_scripts 3
    printf '%s\n' "${alone[@]}" | run_scripts 1
    for script in "${together[@]}" "${alone[@]}"; do
        name=$(basename "$script" .sh)
        echo "# $script" >> "$log"
        cat "$logs/server/$name.log" >> "$log" || true
        read -r -a count <<< "$(count_tap "$logs/server/$name.log")"
        if [ ! -f "$logs/server/$name.ok" ] || [ "${count[1]}" -gt 0 ]; then
            echo "$script failed or broke off here" >> "$log"
            [ "${count[1]}" -gt 0 ] || count[1]=1
        fi
        p=$((p + count[0])) f=$((f + count[1])) s=$((s + count[2]))
    done
    counted="$p $f $s"
}

# run_scripts LANES: the scripts named on standard input; each may take ten minutes.
run_scripts() {
    grep . | xargs -r -P "$1" -I '{}' sh -c \
        'name=$(basename "$1" .sh); timeout -k 30 600 "$1" > "$2/$name.log" 2>&1 9>&- && touch "$2/$name.ok"' \
        run '{}' "$logs/server" || true
}

pgxs_test() {
    local path
    path=$(dirname "$("$PG_CONFIG" --pgxs)")/../../src/test/$1
    [ -x "$path" ] || die "$path is missing (package postgresql-server-dev)"
    echo "$path"
}

# prepare_database NAME [SQL]: fresh, with the extension and its tables.
prepare_database() {
    psql -Xq -d postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"
    psql -XqAt -v ON_ERROR_STOP=1 -d "$1" -c "CREATE EXTENSION pg_evolve" -c "SELECT * FROM evolve_migrate()" ${2:+-c "$2"}
}

finish_check() {
    local status=$?
    trap - EXIT INT TERM
    # shellcheck disable=SC2046 # a list of numbers
    kill $(jobs -p) 2> /dev/null || true
    server_remove_group check 9>&-
    exit "$status"
}

test/scripts/packages.sh all || die "packages are missing"
mkdir -p "$logs" || die "cannot write to $evolve_build: was it made by another user?"
exec 9> "$evolve_build/check.lock"
flock -n 9 || die "another make check runs in this work tree"
trap finish_check EXIT
trap 'exit 130' INT TERM
server_remove_group check

start=$SECONDS
if ! stage_extension check > "$logs/build.log" 2>&1; then
    tail -n 60 "$logs/build.log"
    die "the extension does not build (build/logs/build.log)"
fi
echo "built and staged   ($((SECONDS - start)) s)"
export EVOLVE_STAGED=yes
make_template check

for suite in ${SUITES:-$all_suites}; do
    run_suite "$suite"
done

printf '%s' "$failures"
[ "$skipped" -eq 0 ] || echo "$skipped tests were skipped: no data to work on, or for another version of a tool"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
