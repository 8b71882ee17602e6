#!/usr/bin/env bash
# Builds the libFuzzer targets and runs each for FUZZ_SECONDS (60). Prints TAP, one line a target.
# What a target finds interesting stays under build/fuzz/corpus, so that the next run starts from there; seeds that are
# part of the project are in test/fuzz/corpus/<name>/ for <name>_fuzzer.cpp, a dictionary in test/fuzz/<name>.dict.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
count=0
failed=0

cmake -S . -B build/fuzz -G Ninja -DEVOLVE_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ > /dev/null
cmake --build build/fuzz -j2 --target fuzzers > build/fuzz/build.log 2>&1 || {
    tail -n 60 build/fuzz/build.log
    exit 1
}
for source in test/fuzz/*.cpp; do
    [ -f "$source" ] || continue
    target=$(basename "$source" .cpp)
    name=${target%_fuzzer}
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus"
    seeds=()
    [ ! -d "test/fuzz/corpus/$name" ] || seeds=("test/fuzz/corpus/$name")
    options=()
    [ ! -f "test/fuzz/$name.dict" ] || options=("-dict=test/fuzz/$name.dict")
    count=$((count + 1))
    if "build/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$target-" "${options[@]}" "$corpus" "${seeds[@]}" > "build/fuzz/$target.log" 2>&1; then
        echo "ok $count - $target: $(sed -n 's/stat::number_of_executed_units: *//p' "build/fuzz/$target.log") inputs in $seconds s"
    else
        echo "not ok $count - $target"
        tail -n 40 "build/fuzz/$target.log" | sed 's/^/#   /'
        failed=$((failed + 1))
    fi
done
echo "1..$count"
[ "$failed" -eq 0 ]
