// What the procedures of runs need to know of their transaction.
#include "pg/boundary.hpp"

extern "C" {
#include "access/xact.h"
}

EVOLVE_FUNCTION(_evolve_in_transaction_block) { return BoolGetDatum(IsTransactionBlock()); }
