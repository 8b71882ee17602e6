#!/usr/bin/env bash
# Installs the Debian packages that are missing (as root), or says which ones are (as an ordinary user) and fails.
#
# usage: packages.sh build     what `make install` needs
#        packages.sh demo      and a server to run
#        packages.sh all       and everything that `make check` uses
#
# The server's packages are those of the version that PG_CONFIG names, else of the distribution's own version. A server
# that does not come from Debian's packages is taken as it is.
set -euo pipefail

PG_CONFIG=${PG_CONFIG:-pg_config}
what=${1:-all}

if ! command -v dpkg-query > /dev/null; then
    echo "packages.sh: no Debian packages here; going on with what is installed" >&2
    exit 0
fi

# Package lists must be there before anything can be asked; a fresh machine has none.
refresh_lists() {
    [ -z "${refreshed:-}" ] || return 0
    refreshed=yes
    [ "$(id -u)" -ne 0 ] || apt-get -q update >&2
}

server_major() {
    local bindir
    bindir=$("$PG_CONFIG" --bindir 2> /dev/null) || bindir=
    case "$bindir" in
        /usr/lib/postgresql/*/bin)
            basename "$(dirname "$bindir")"
            ;;
        "")
            apt-cache show postgresql 2> /dev/null | sed -n 's/^Version: \([0-9]*\).*/\1/p' | sort -n | tail -n 1
            ;;
        *) echo foreign ;;
    esac
}

clang_major() {
    apt-cache depends clang 2> /dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1
}

wanted() {
    local major=$1 major_clang
    echo make g++ nlohmann-json3-dev libssl-dev
    [ "$major" = foreign ] || echo "postgresql-server-dev-$major"
    [ "$what" != build ] || return 0
    [ "$major" = foreign ] || echo "postgresql-$major"
    [ "$what" != demo ] || return 0
    echo ccache cmake ninja-build libgtest-dev libbenchmark-dev
    echo clang clang-format clang-tidy shellcheck valgrind procps
    major_clang=$(clang_major)
    [ -z "$major_clang" ] || echo "libclang-rt-$major_clang-dev"
    echo libtap-parser-sourcehandler-pgtap-perl
    [ "$major" = foreign ] || echo "postgresql-$major-cron postgresql-$major-pgtap"
}

missing() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || echo "$package"
    done
}

# The server package would make and start a server of the system's own. Nobody asked for that one.
install() {
    local folder=/etc/postgresql-common/createcluster.d file status=0
    file=$folder/pg_evolve.conf
    mkdir -p "$folder"
    echo 'create_main_cluster = false' > "$file"
    DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" >&2 || status=$?
    rm -f "$file"
    rmdir --ignore-fail-on-non-empty "$folder"
    return "$status"
}

command -v "$PG_CONFIG" > /dev/null || refresh_lists
apt-cache show clang > /dev/null 2>&1 || refresh_lists
major=$(server_major)
[ -n "$major" ] || {
    echo "packages.sh: no package 'postgresql' is known; run apt-get update" >&2
    exit 1
}
mapfile -t packages < <(wanted "$major" | tr ' ' '\n')
mapfile -t list < <(missing "${packages[@]}")
[ ${#list[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "packages.sh: these Debian packages are missing: ${list[*]}" >&2
    echo "Install them and try again:" >&2
    echo "    sudo apt-get install ${list[*]}" >&2
    exit 1
fi
echo "installing ${list[*]}" >&2
refresh_lists
install "${list[@]}"
