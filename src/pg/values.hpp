// Conversions between SQL values and the core's plain values. Texts are UTF-8 in the core whatever the database uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/series/bars.hpp"
#include "pg/boundary.hpp"

namespace evolve::pg {

// PostgreSQL counts microseconds from 2000-01-01, the core from 1970-01-01.
inline constexpr Timestamp epoch_shift = std::int64_t{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * microseconds_per_day;

// Arguments of an SQL function, counted from 0. Those that are not optional throw invalid_option when NULL.
void require_arg(FunctionCallInfo fcinfo, int index);
std::string text_arg(FunctionCallInfo fcinfo, int index);
std::optional<std::string> optional_text_arg(FunctionCallInfo fcinfo, int index);
std::string jsonb_arg(FunctionCallInfo fcinfo, int index);
std::string jsonb_text(Datum jsonb);
std::string text_value(Datum text);
// A C string of the server, in the core's UTF-8.
std::string utf8_of(const char* text);

Datum text_datum(std::string_view utf8);
Datum jsonb_datum(const std::string& utf8_json);
// NULL for what is not finite.
struct SqlValue {
    Datum value = 0;
    bool is_null = true;
};
SqlValue float_or_null(double value);
inline Datum timestamp_datum(Timestamp ts) { return Int64GetDatum(ts - epoch_shift); }

// Rows of a set-returning function, collected in the tuplestore that the executor reads (materialize mode).
class RowWriter {
public:
    explicit RowWriter(FunctionCallInfo fcinfo);
    int columns() const { return descriptor_->natts; }
    void write(Datum* values, bool* nulls);

private:
    TupleDesc descriptor_ = nullptr;
    Tuplestorestate* store_ = nullptr;
};

}  // namespace evolve::pg
