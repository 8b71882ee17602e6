#!/usr/bin/env bash
# The rules that a program can keep: prints TAP, one line a rule. `lint.sh format` formats the C++ files instead.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/scripts/server.sh
count=0
failed=0

# rule DESCRIPTION COMMAND...: kept when the command succeeds; what it printed explains why not.
rule() {
    local description=$1 output
    shift
    count=$((count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $count - $description"
    else
        echo "not ok $count - $description"
        sed -n '1,60p' <<< "$output" | sed 's/^/#   /'
        failed=$((failed + 1))
    fi
}

# rule_with TOOL DESCRIPTION COMMAND...: the same with the version of the tool that the files were written with; each
# version lays out and finds something else.
tested_major=14
rule_with() {
    local tool=$1 major
    shift
    major=$("$tool" --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -n 1)
    if [ "$major" = "$tested_major" ]; then
        rule "$@"
    else
        count=$((count + 1))
        echo "ok $count - $1 # SKIP by $tool $tested_major, this is $major"
    fi
}

# Succeeds when a command that looks for offences prints none.
none() {
    local output
    output=$("$@" || true)
    [ -z "$output" ] || {
        printf '%s\n' "$output"
        return 1
    }
}

# Every file of the project, tracked or new; without a repository (a source archive), every file outside build/.
project_files() {
    git ls-files --cached --others --exclude-standard -- "$@" 2> /dev/null | while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done | sort -u | grep . || find "$@" -path ./build -prune -o -type f -print | sed 's,^\./,,' | sort
}

cpp_files() {
    project_files src test | grep -E '\.(cpp|hpp|h)$'
}

formatted() {
    cpp_files | xargs -r clang-format --dry-run -Werror
}

tidy() {
    run_make -k tidy
}

shell_scripts() {
    project_files . | grep -E '\.sh$|^demo/run$|^\.ci/run$'
}

clean_scripts() {
    shell_scripts | xargs shellcheck --severity=warning --exclude=SC2154
}

postgres_headers_in_core() {
    grep -rnE '#[[:space:]]*include[[:space:]]*[<"](postgres|fmgr|c\.h|utils/|catalog/|executor/|access/|server/|pg/)' src/core
}

unfinished_words() {
    project_files . | grep -vE '^(expected/|demo/.*\.csv$)' |
        xargs grep -nEI 'TO[D]O|FIX[M]E|X[X]X|not imple[m]ented|place[h]older|\bfor n[o]w\b'
}

workplace_paths() {
    project_files . | grep -v '^expected/' | xargs grep -nEI '/wor[k]/'
}

long_files() {
    project_files src test sql migrations demo control Makefile CMakeLists.txt |
        grep -E '\.(cpp|hpp|h|sql|sh)$|run$|Makefile$|CMakeLists.txt$' | xargs wc -l |
        awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines; 600 is the limit" }'
}

built_files() {
    git ls-files 2> /dev/null | grep -E '\.(o|so|bc|d|a|diffs)$|^(build|results)/'
}

# The Makefile and CMakeLists.txt find sources by pattern; a file that no pattern finds would never be built or run.
unbuilt_sources() {
    local file
    cmake -S . -B build/unit -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo > build/logs/cmake-lint.log 2>&1 ||
        cat build/logs/cmake-lint.log
    run_make build/objects
    project_files src test/unit test/bench | grep '\.cpp$' | while read -r file; do
        case "$file" in
            src/pg/*) ;;
            *) grep -qF "/$file\"" build/unit/compile_commands.json || echo "$file: not built by CMakeLists.txt" ;;
        esac
        case "$file" in
            src/*) grep -qw "build/obj/$(echo "$file" | sed 's,^src/\(.*\)cpp$,\1o,')" build/objects || echo "$file: not built by the Makefile" ;;
        esac
    done
}

# Places where the suites of check.sh look; anything else under test/ is run by nobody.
unrun_tests() {
    local file name
    project_files test expected | while read -r file; do
        case "$file" in
            test/sql/*.sql)
                name=$(basename "$file" .sql)
                [ "$file" = "test/sql/$name.sql" ] || echo "$file: pg_regress reads test/sql/ only, no folder below"
                [ -f "expected/$name.out" ] || echo "$file: no expected/$name.out"
                ;;
            expected/*.out)
                name=$(basename "$file" .out)
                [ -f "test/sql/$name.sql" ] || [ -f "test/sql/${name%_[0-9]}.sql" ] || echo "$file: no test/sql/$name.sql"
                ;;
            test/isolation/specs/*.spec)
                [ -f "test/isolation/expected/$(basename "$file" .spec).out" ] || echo "$file: no expected output"
                ;;
            test/isolation/expected/*.out)
                [ -f "test/isolation/specs/$(basename "$file" .out).spec" ] || echo "$file: no spec"
                ;;
            test/pgtap/*.sql) [ "$file" = "test/pgtap/$(basename "$file")" ] || echo "$file: only test/pgtap/*.sql is run" ;;
            test/scripts/t_*.sh) [ -x "$file" ] || echo "$file: not executable" ;;
            test/scripts/*.sh)
                grep -rqF "$(basename "$file")" Makefile demo test/scripts --exclude="$(basename "$file")" ||
                    echo "$file: nothing calls it"
                ;;
            test/fuzz/*.cpp) [ "$file" = "test/fuzz/$(basename "$file")" ] || echo "$file: only test/fuzz/*.cpp is built" ;;
            test/fuzz/corpus/* | test/fuzz/*.dict | test/unit/* | test/bench/* | *.md | test/scripts/*) ;;
            *) echo "$file: no suite runs it" ;;
        esac
    done
}

if [ "${1:-}" = format ]; then
    cpp_files | xargs -r clang-format -i
    exit 0
fi

mkdir -p build/logs
rule 'the core includes no PostgreSQL header' none postgres_headers_in_core
rule 'no unfinished work is marked in the tree' none unfinished_words
rule 'no path of a workplace is in the tree' none workplace_paths
rule 'no file is longer than 600 lines' none long_files
rule 'no built file is in the repository' none built_files
rule 'every source is built' none unbuilt_sources
rule 'every test is run' none unrun_tests
rule 'the shell scripts pass shellcheck' clean_scripts
rule_with clang-format 'the C++ files are formatted (make format)' formatted
rule_with clang-tidy 'clang-tidy finds nothing' tidy
echo "1..$count"
[ "$failed" -eq 0 ]
