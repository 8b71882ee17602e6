// What the procedures of runs and of the queue need to know of transactions and sessions.
#include <csignal>
#include <string>

#include "pg/boundary.hpp"
#include "pg/query.hpp"

extern "C" {
#include "access/xact.h"
#include "storage/proc.h"
#include "storage/procarray.h"
}

using namespace evolve::pg;

EVOLVE_FUNCTION(_evolve_in_transaction_block) { return BoolGetDatum(IsTransactionBlock()); }

// Not by pg_cancel_backend(): the owner of the tables, as whom this is called, need not be a member of the worker's
// role. EXECUTE is revoked, and whom it reaches holds a lock that says that it may be stopped.
EVOLVE_FUNCTION(_evolve_stop_holder) {
    const evolve::pg::Query query;
    int holder = 0;
    query.each_row(
        "SELECT pid::bigint FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND "
        "objid = $2::bigint::oid AND objsubid = 2 AND granted AND database = (SELECT oid FROM pg_catalog.pg_database "
        "WHERE datname = pg_catalog.current_database())",
        {std::to_string(PG_GETARG_INT32(0)), std::to_string(PG_GETARG_INT32(1))},
        [&](const Row& row) { holder = static_cast<int>(row.int8(1)); });
    if (holder == 0 || call([&] { return BackendPidGetProc(holder); }) == nullptr) return BoolGetDatum(false);
    return BoolGetDatum(kill(-holder, SIGINT) == 0 || kill(holder, SIGINT) == 0);
}
