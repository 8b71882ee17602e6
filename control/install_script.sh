#!/usr/bin/env bash
# Prints the extension's install script: the migration steps as a function, then the given SQL pieces in their order.
#
# usage: control/install_script.sh PIECE.sql... > pg_evolve--<version>.sql      (from the top folder)
#
# The steps are files migrations/NNNN_name.sql. They travel inside the install script, so that evolve_migrate() reads no
# file at run time. CREATE EXTENSION replaces @extschema@ in their bodies too; the checksum is that of the file as it
# stands in the repository, hence the same whatever the schema.
set -euo pipefail
export LC_ALL=C

tag='$evolve_migration_body$'
outer='$evolve_migration_steps$'

fail() {
    echo "install_script.sh: $*" >&2
    exit 1
}

# One row of VALUES for a migration file.
step_row() {
    local file=$1 base number name checksum
    base=$(basename "$file" .sql)
    [[ $base =~ ^([0-9]{4})_([a-z0-9_]+)$ ]] || fail "$file: a migration is called NNNN_name.sql"
    number=$((10#${BASH_REMATCH[1]}))
    name=${BASH_REMATCH[2]}
    ! grep -qF -e 'evolve_migration_' "$file" || fail "$file: the text evolve_migration_ is kept for the install script's quotes"
    ! grep -q 'MODULE_PATHNAME' "$file" || fail "$file: a migration makes tables, not C functions"
    ! grep -q '^\\' "$file" || fail "$file: a migration is plain SQL; CREATE EXTENSION knows no psql command"
    checksum=$(sha256sum "$file" | cut -d ' ' -f 1)
    printf "(%d, '%s', '%s', %s" "$number" "$name" "$checksum" "$tag"
    cat "$file"
    printf '%s)' "$tag"
}

echo '\echo Use "CREATE EXTENSION pg_evolve" to load this file. \quit'
echo
echo '-- Generated from migrations/ and sql/ by control/install_script.sh.'
echo
echo 'CREATE FUNCTION _evolve_migration_steps() RETURNS TABLE(step int, name text, checksum text, body text)'
echo "LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $outer"
if compgen -G 'migrations/[0-9]*.sql' > /dev/null; then
    separator='VALUES '
    expected=1
    for file in migrations/[0-9]*.sql; do
        [[ $(basename "$file") == "$(printf '%04d' "$expected")"_* ]] || fail "$file: expected step $expected next"
        expected=$((expected + 1))
        printf '%s' "$separator"
        step_row "$file"
        separator=$',\n'
    done
    echo
else
    echo 'SELECT NULL::int, NULL::text, NULL::text, NULL::text WHERE false'
fi
echo "$outer;"
echo "COMMENT ON FUNCTION _evolve_migration_steps() IS"
echo "'The numbered schema steps that evolve_migrate() applies: step, name, SHA-256 of the source file, SQL text.';"
# A function that came after it would keep the rights that default privileges gave it.
[ "$(basename "${!#}")" = withdrawn_rights.sql ] || fail "withdrawn_rights.sql must be the last piece, not ${!#}"
for piece in "$@"; do
    echo
    echo "-- $piece"
    cat "$piece"
done
