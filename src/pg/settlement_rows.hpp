// A settlement as it is stored: a row of evolve.royalty_events, and its postings in evolve.royalty_ledger.
#pragma once

#include <cstdint>
#include <optional>

#include "core/royalty/money.hpp"
#include "pg/settlement_terms.hpp"

namespace evolve::pg {

struct Settlement {
    std::int64_t event_id;
    SqlValue amount, reason;  // numeric, text
    Int128 fee, net;          // of all who get something
};

// Writes what follows from the terms, as the user who is set, on the SPI connection that is open; nothing when another
// session has settled the trade by now. `trade_name` is its id, a text; `closed` when it was closed, a timestamptz or
// NULL.
std::optional<Settlement> post_settlement(const Trade& trade, const Terms& terms, const SqlValue& trade_name,
                                          const SqlValue& closed);

}  // namespace evolve::pg
