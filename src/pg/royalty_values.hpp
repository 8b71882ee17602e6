// Conversions of money, ids and bytes between SQL and core/royalty.
#pragma once

#include <string>
#include <string_view>

#include "core/base/uuid.hpp"
#include "core/royalty/money.hpp"
#include "pg/boundary.hpp"

namespace evolve::pg {

Uuid uuid_value(Datum value);
std::string uuid_text(Datum value);
Decimal decimal_value(Datum numeric);
Datum numeric_datum(Int128 amount, int decimals);
// The bytes live as long as the value.
std::string_view bytes_of(Datum bytea_value);
Datum bytea_datum(std::string_view bytes);

}  // namespace evolve::pg
