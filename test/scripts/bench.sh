#!/usr/bin/env bash
# Builds and runs the benchmarks, each beside its reference; arguments go to Google Benchmark through BENCH_ARGS.
set -euo pipefail
cd "$(dirname "$0")/../.."
test/scripts/packages.sh all
cmake -S . -B build/unit -G Ninja > /dev/null
cmake --build build/unit -j2 --target core_bench population_bench
# Whole populations, each beside the same work by hand (docs/performance.md); not when one part is asked for.
[ -n "${BENCH_ARGS:-}" ] || build/unit/population_bench
# shellcheck disable=SC2086 # several arguments in one variable
build/unit/core_bench ${BENCH_ARGS:-}
# What needs a server: reading bars, against PostgreSQL's own pass over them.
test/scripts/t_bars_speed.sh
test/scripts/bench_sql.sh
test/scripts/bench_royalty.sh
test/scripts/bench_workers.sh
