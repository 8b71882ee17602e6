#!/usr/bin/env bash
# A small population costs no more instructions than before, and gives the same results to the last bit. Counted by
# valgrind, because on a shared machine time says little. After a change that is meant to cost or give something else:
# test/scripts/t_instructions.sh accept
set -euo pipefail
cd "$(dirname "$0")/../.."
known=test/bench/population/counted.txt
work=build/instructions
mkdir -p "$work"

skip() {
    echo "ok 1 - instructions of a population # SKIP $1"
    echo "1..1"
    exit 0
}
command -v valgrind > /dev/null || skip 'valgrind is not installed'
{
    # The objects that ship. check.sh has made them; a script that runs alone does it itself.
    [ -n "${EVOLVE_STAGED:-}" ] || make -s all
    cmake -S . -B build/tests -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEVOLVE_OBJECTS="$PWD/build/obj"
    cmake --build build/tests -j2 --target population_bench
} > "$work/build.log" 2>&1 || {
    tail -n 30 "$work/build.log"
    exit 1
}
valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" build/tests/population_bench counted \
    > "$work/results" 2> "$work/valgrind.log"
instructions=$(sed -n 's/^summary: \([0-9]*\).*/\1/p;s/^totals: \([0-9]*\).*/\1/p' "$work/callgrind.out" | head -n 1)
# Counts are those of one compiler and path; results are everybody's.
built_by="$(c++ -dumpfullversion 2> /dev/null | cut -d. -f1) $(uname -m)"
path=$(sed -n 's/^path //p' "$work/results")
results=$(sed -n 's/^results //p' "$work/results")

if [ "${1:-}" = accept ]; then
    printf 'compiler %s\npath %s\ninstructions %s\nresults %s\n' "$built_by" "$path" "$instructions" "$results" > "$known"
    cat "$known"
    exit 0
fi
expected() { sed -n "s/^$1 //p" "$known"; }
count=0 failed=0
# check DESCRIPTION COMMAND...
check() {
    local description=$1 word=ok
    shift
    count=$((count + 1))
    "$@" || word='not ok' failed=1
    echo "$word $count - $description"
}
check "the results are the known ones ($results)" test "$results" = "$(expected results)"
if [ "$built_by $path" = "$(expected compiler) $(expected path)" ]; then
    known_count=$(expected instructions)
    check "$instructions instructions, at most 10 % over $known_count" test "$instructions" -le $((known_count * 11 / 10))
else
    count=$((count + 1))
    echo "ok $count - instructions # SKIP the known count is of another compiler or machine"
fi
echo "1..$count"
[ "$failed" -eq 0 ]
