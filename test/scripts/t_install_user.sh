#!/usr/bin/env bash
# `make install` into a server and back out: what it leaves there, and what it takes away.
. "$(dirname "$0")/tap.sh"

version=$(sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" "$evolve_top/control/pg_evolve.control")
library=$("$PG_CONFIG" --pkglibdir)/pg_evolve.so
share=$("$PG_CONFIG" --sharedir)/extension
target=$tap_scratch/target

mkdir -p "$target$share"
echo 'left by an older version' > "$target$share/pg_evolve--0.0.1--0.0.2.sql"
ok 'make install works' run_make install DESTDIR="$target"
is "$(cd "$target" && find . -type f -printf '%m /%P\n' | sort)" \
    "$(printf '%s\n' "644 $share/pg_evolve--$version.sql" "644 $share/pg_evolve.control" "755 $library" | sort)" \
    'it leaves the library, the control file and the install script, and no stale script'
like "$(head -n 1 "$target$share/pg_evolve--$version.sql")" '^\\echo Use "CREATE EXTENSION pg_evolve" to load this file. \\quit$' \
    'the install script refuses to be run by psql'
is "$(run_make -q all > /dev/null 2>&1 || run_make all 2>&1)" '' 'a second make has nothing to say'
exported=$(nm -D --defined-only "$target$library" | awk '$2 != "A" { print $3 }' |
    grep -vE '^(Pg_magic_func|_PG_init|_?evolve_.*|pg_finfo__?evolve_.*)$' || true)
is "$exported" '' 'the library shows the server no symbol but its functions'
ok 'make uninstall works' run_make uninstall DESTDIR="$target"
is "$(find "$target" -type f)" '' 'and leaves nothing'

# Into the server itself, as the documentation says, where that is possible without touching anybody's installation.
if [ -w "$(dirname "$library")" ] && [ -w "$share" ] && [ ! -e "$library" ] && ! compgen -G "$share/pg_evolve*" > /dev/null; then
    restore() {
        run_make uninstall > /dev/null 2>&1 || true
        tap_end
    }
    trap restore EXIT
    ok 'make install into the server works' run_make install
    server_create check "$tap_script"
    sed -i '/^extension_destdir\|^extension_control_path\|^dynamic_library_path/d' "$(run_dir)/check/$tap_script/data/postgresql.conf"
    server_start check "$tap_script"
    run_sql "CREATE DATABASE fresh"
    export PGDATABASE=fresh
    is "$(run_sql "CREATE EXTENSION pg_evolve; SELECT evolve_version(); SELECT count(*) > 0 FROM evolve_migrate()")" \
        "$version"$'\nt' 'then CREATE EXTENSION and evolve_migrate() are enough'
    is "$(run_sql "SELECT extversion FROM pg_extension WHERE extname = 'pg_evolve'")" "$version" 'the version is that of the control file'
else
    skip "$(dirname "$library") is not ours to write to, or holds a pg_evolve already"
fi
finish
