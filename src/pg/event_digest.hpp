// The digest of a row of evolve.royalty_events.
#pragma once

#include <span>

#include "pg/values.hpp"

namespace evolve::pg {

// SHA-256 of the columns before the digest, a type for each: the same as _evolve_event_digest() gives, with which
// evolve_verify() compares.
Datum event_digest(std::span<const SqlValue> values, std::span<const Oid> types);

}  // namespace evolve::pg
