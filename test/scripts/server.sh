#!/usr/bin/env bash
# Private throw-away servers under build/, for the tests and the demo. Sourced for its functions, or run:
#
#     test/scripts/server.sh stop demo    stop the demo's server
#     test/scripts/server.sh stop-all     stop and remove every server under build/
#
# No server of ours listens on a port: each has a socket folder of its own that only its owner enters. As root, the
# servers run as postgres (or nobody), because PostgreSQL refuses to run as root.
#
# Nothing of the system's installation is touched: `make install` goes to a staging folder, and the server is told to
# look there: by extension_destdir (Debian's servers up to 17) or extension_control_path and dynamic_library_path (18
# and later). Only where a server knows neither is the extension installed into it.
#
# build/run/<group>/            one group a purpose: check, demo
#     stage/                    DESTDIR of make install
#     template/                 the result of initdb, copied for each server
#     <server>/data, log, sock  the server
# build/run is a symbolic link into /tmp when the servers' user cannot reach the work tree (/root, say).

evolve_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
evolve_build=$evolve_top/build
PG_CONFIG=${PG_CONFIG:-pg_config}
umask 022

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

server_user() {
    if [ "$(id -u)" -ne 0 ]; then
        id -un
    elif getent passwd postgres > /dev/null; then
        echo postgres
    else
        echo nobody
    fi
}

# Runs a command as the servers' user, in a folder that this user can be in, without the lock that check.sh holds.
as_server() (
    cd / && exec 9>&-
    if [ "$(id -u)" -eq 0 ]; then
        exec runuser -u "$(server_user)" -- "$@"
    else
        exec "$@"
    fi
)

# A program of the server's installation: path of psql, initdb, …
pg_bin() {
    "$PG_CONFIG" --version > /dev/null 2>&1 || die "$PG_CONFIG not found: run 'make packages' as root or set PG_CONFIG"
    echo "$("$PG_CONFIG" --bindir)/$1"
}

# make in the work tree, by itself: not as a part of the make that called us.
run_make() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL "${MAKE:-make}" --no-print-directory -s -C "$evolve_top" "$@" PG_CONFIG="$PG_CONFIG"
}

# The folder of all servers; made when it is not there.
run_dir() {
    local link=$evolve_build/run
    if [ ! -d "$link" ]; then
        [ ! -L "$link" ] || rm "$link"
        mkdir -p "$link" || die "cannot write to $evolve_build: was it made by another user? (make clean)"
        if ! as_server test -x "$link"; then
            rmdir "$link"
            ln -s "$(mktemp -d -p /tmp --suffix=.pg_evolve)" "$link"
            chmod 755 "$link/"
        fi
    fi
    (cd "$link" && pwd -P)
}

# Installs the built extension into the group's staging folder.
stage_extension() {
    local group=$1 stage
    stage=$(run_dir)/$group/stage
    mkdir -p "$stage"
    run_make install DESTDIR="$stage"
}

# initdb, once a group; settings that every server of ours has.
make_template() {
    local group=$1 home template
    home=$(run_dir)/$group
    template=$home/template
    if [ -f "$template/ready" ] && [ "$(cat "$template/ready")" = "$("$PG_CONFIG" --version)" ]; then
        return
    fi
    rm -rf "$template"
    mkdir -p "$template"
    chown "$(server_user)" "$template"
    chmod 700 "$template"
    as_server "$(pg_bin initdb)" -D "$template" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
        > "$home/initdb.log" 2>&1 || { cat "$home/initdb.log" >&2; die "initdb failed"; }
    cat >> "$template/postgresql.conf" << 'CONF'
listen_addresses = ''
unix_socket_permissions = 0700
fsync = off
autovacuum_naptime = 10s
max_wal_size = 4GB
shared_buffers = 256MB
max_connections = 40
log_line_prefix = '%m [%p] %q%d '
timezone = 'UTC'
CONF
    template_extension_path "$group" >> "$template/postgresql.conf"
    "$PG_CONFIG" --version > "$template/ready"
}

# The settings that let a server find the staged extension.
template_extension_path() {
    local group=$1 home sharedir
    home=$(run_dir)/$group
    sharedir=$("$PG_CONFIG" --sharedir)
    if as_server "$(pg_bin postgres)" -D "$home/template" -C extension_destdir > /dev/null 2>&1; then
        echo "extension_destdir = '$home/stage'"
    elif as_server "$(pg_bin postgres)" -D "$home/template" -C extension_control_path > /dev/null 2>&1; then
        echo "extension_control_path = '$home/stage$sharedir:\$system'"
        echo "dynamic_library_path = '$home/stage$("$PG_CONFIG" --pkglibdir):\$libdir'"
    else
        run_make install 1>&2 ||
            die "this server finds extensions only in its own folder, which 'make install' could not write"
    fi
}

# What shared_preload_libraries calls it: extension_destdir counts for names with $libdir, dynamic_library_path for others.
library_name() {
    local major
    major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$major" -ge 18 ] && echo pg_evolve || echo "\$libdir/pg_evolve"
}

# A socket's path may not be longer than 107 bytes; a deep work tree gets its sockets in /tmp.
make_socket_dir() {
    local home=$1 sock=$1/sock
    if [ "${#sock}" -gt 85 ]; then
        sock=$(mktemp -d -p /tmp --suffix=.pg_evolve)
        ln -s "$sock" "$home/sock"
    else
        mkdir "$sock"
    fi
    chown "$(server_user)" "$sock"
    chmod 700 "$sock"
}

# server_create GROUP SERVER [LINE...]: a new, empty cluster that is not started; the lines go to postgresql.conf.
server_create() {
    local group=$1 server=$2 home
    shift 2
    home=$(run_dir)/$group/$server
    server_remove "$group" "$server"
    make_template "$group"
    mkdir -p "$home"
    cp -a "$home/../template" "$home/data"
    make_socket_dir "$home"
    echo "unix_socket_directories = '$(readlink -f "$home/sock")'" >> "$home/data/postgresql.conf"
    [ $# -eq 0 ] || printf '%s\n' "$@" >> "$home/data/postgresql.conf"
    : > "$home/log"
    chown "$(server_user)" "$home/log"
}

# server_start GROUP SERVER: starts it and points psql and the rest at it.
server_start() {
    local group=$1 server=$2 home
    home=$(run_dir)/$group/$server
    as_server "$(pg_bin pg_ctl)" -D "$home/data" -l "$home/log" -w -t 60 start > "$home/pg_ctl.log" 2>&1 || {
        cat "$home/pg_ctl.log" >&2
        tail -n 20 "$home/log" >&2
        die "the private server $server did not start"
    }
    server_use "$group" "$server"
}

# server_use GROUP SERVER: points psql, pg_dump, … of this shell at the server.
server_use() {
    PGHOST=$(readlink -f "$(run_dir)/$1/$2/sock")
    PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    export PGHOST PGPORT PGUSER PGDATABASE
    unset PGSERVICE PGHOSTADDR PGOPTIONS PGPASSFILE PGSSLMODE
    PATH=$("$PG_CONFIG" --bindir):$PATH
    export PATH
}

server_running() {
    local data
    data=$(run_dir)/$1/$2/data
    [ -f "$data/postmaster.pid" ] && as_server "$(pg_bin pg_ctl)" -D "$data" status > /dev/null 2>&1
}

# server_stop GROUP SERVER [MODE]: quiet when it does not run.
server_stop() {
    local group=$1 server=$2 mode=${3:-immediate} data
    data=$(run_dir)/$group/$server/data
    [ -f "$data/postmaster.pid" ] || return 0
    as_server "$(pg_bin pg_ctl)" -D "$data" -m "$mode" -w -t 30 stop > /dev/null 2>&1 || true
}

server_remove() {
    local home
    home=$(run_dir)/$1/$2
    [ -d "$home" ] || return 0
    server_stop "$1" "$2"
    [ ! -L "$home/sock" ] || rm -rf "$(readlink -f "$home/sock")"
    rm -rf "$home"
}

# server_remove_group GROUP: also those that an earlier run left behind when it was killed.
server_remove_group() {
    local pid_file server
    [ -e "$evolve_build/run" ] || return 0
    for pid_file in "$(run_dir)/$1"/*/data; do
        [ -d "$pid_file" ] || continue
        server=$(basename "$(dirname "$pid_file")")
        server_remove "$1" "$server"
    done
}

server_main() {
    local group
    case "${1:-}" in
        stop)
            if [ -e "$evolve_build/run" ] && server_running "$2" "$2"; then
                server_stop "$2" "$2" fast
                echo "the $2 server is stopped"
            else
                echo "no $2 server is running"
            fi
            ;;
        stop-all)
            for group in check demo; do
                server_remove_group "$group"
            done
            [ ! -L "$evolve_build/run" ] || rm -rf "$(readlink -f "$evolve_build/run")"
            ;;
        *) die "usage: server.sh stop GROUP | stop-all" ;;
    esac
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -eu
    server_main "$@"
fi
