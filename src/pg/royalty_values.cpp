#include "pg/royalty_values.hpp"

#include <cstring>

extern "C" {
#include "utils/numeric.h"
#include "utils/uuid.h"
}

namespace evolve::pg {

static_assert(sizeof(Uuid) == UUID_LEN);

Uuid uuid_value(Datum value) {
    Uuid id;
    std::memcpy(id.data(), DatumGetUUIDP(value)->data, sizeof id);
    return id;
}

std::string uuid_text(Datum value) {
    return call([&] { return static_cast<const char*>(DatumGetCString(DirectFunctionCall1(uuid_out, value))); });
}

Decimal decimal_value(Datum numeric) {
    return parse_decimal(
        call([&] { return static_cast<const char*>(DatumGetCString(DirectFunctionCall1(numeric_out, numeric))); }));
}

Datum numeric_datum(Int128 amount, int decimals) {
    if (amount >= PG_INT64_MIN && amount <= PG_INT64_MAX) {
        const auto small = static_cast<std::int64_t>(amount);
        return call([&] { return NumericGetDatum(int64_div_fast_to_numeric(small, decimals)); });
    }
    const std::string text = decimal_text(amount, decimals);
    return call([&] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(text.c_str()), ObjectIdGetDatum(InvalidOid),
                                   Int32GetDatum(-1));
    });
}

std::string_view bytes_of(Datum bytea_value) {
    const bytea* const raw = call([&] { return static_cast<const bytea*>(DatumGetByteaPP(bytea_value)); });
    return {VARDATA_ANY(raw), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(raw))};
}

Datum bytea_datum(std::string_view bytes) {
    return call([&] {
        auto* const copy = static_cast<bytea*>(palloc(VARHDRSZ + bytes.size()));
        SET_VARSIZE(copy, VARHDRSZ + bytes.size());
        std::memcpy(VARDATA(copy), bytes.data(), bytes.size());
        return PointerGetDatum(copy);
    });
}

}  // namespace evolve::pg
