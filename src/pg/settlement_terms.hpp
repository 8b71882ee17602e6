// What a trade owes, out of the tables.
#pragma once

#include <string>
#include <vector>

#include "core/royalty/shares.hpp"
#include "core/royalty/terms.hpp"
#include "pg/royalty_values.hpp"
#include "pg/values.hpp"

namespace evolve::pg {

// A trade as the caller gives it; the values are SQL's.
struct Trade {
    SqlValue event_key;  // text; of a preview NULL
    SqlValue strategy;   // uuid
    SqlValue profit;     // numeric
    SqlValue currency;   // text
    SqlValue trader;     // uuid
    Datum day;           // timestamptz: which plans count
    SqlValue policy;     // text; NULL: the one of the settings
    bool posting;        // store an original's share set, and wait for other trades under a high-water mark
    Oid function;        // of the extension: the others lie beside it
};

struct Terms {
    bool settled = false;  // there is an event of this key: nothing else is said then
    int decimals = 0;
    SqlValue policy_id, royalty_base, royalty_rate;  // int4, numeric, int4
    SqlValue share_set_id, share_set;                // bytea; the set's content
    Shares shares;
    std::vector<SqlValue> plans;  // text; of each who has a share
    std::vector<Payee> payees;    // the same with their fees
    Int128 amount = 0;
    SqlValue cumulative_profit, high_water_mark;  // numeric; only under a high-water mark
    Exemption exemption = Exemption::none;
};

// On the SPI connection that is open, as the user who is set. Errors: unknown_name, no_data, invalid_option,
// out_of_range, and those of PostgreSQL.
Terms terms_of(const Trade& trade);

}  // namespace evolve::pg
