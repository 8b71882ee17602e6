#!/usr/bin/env bash
# Builds and runs the core's benchmarks; arguments go to Google Benchmark through BENCH_ARGS.
set -euo pipefail
cd "$(dirname "$0")/../.."
test/scripts/packages.sh all
cmake -S . -B build/unit -G Ninja > /dev/null
cmake --build build/unit -j2 --target core_bench
# shellcheck disable=SC2086 # several arguments in one variable
exec build/unit/core_bench ${BENCH_ARGS:-}
