#include "pg/kept_statement.hpp"

#include <array>

extern "C" {
#include "nodes/parsenodes.h"
}

namespace evolve::pg {
namespace {

constexpr std::size_t most_values = 160;

SPIPlanPtr prepare(const char* sql, std::span<const Oid> types) {
    return call([&] {
        Oid* const list = const_cast<Oid*>(types.data());  // only read
        SPIPlanPtr const plan = SPI_prepare_cursor(sql, static_cast<int>(types.size()), list, CURSOR_OPT_GENERIC_PLAN);
        if (plan == nullptr || SPI_keepplan(plan) != 0)
            elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
        return plan;
    });
}

struct Bound {
    std::array<Datum, most_values> data;
    std::array<char, most_values> nulls;
};

void bind(Bound& bound, std::span<const SqlValue> values, std::size_t count) {
    if (values.size() != count || count > most_values)
        throw Error(ErrorCode::internal, "a statement got another number of values");
    for (std::size_t i = 0; i < count; ++i) {
        bound.data[i] = values[i].value;
        bound.nulls[i] = values[i].is_null ? 'n' : ' ';
    }
}

SPITupleTable* result_of(int code) {
    if (code < 0) throw Error(ErrorCode::internal, std::string("SPI failed: ") + SPI_result_code_string(code));
    return SPI_tuptable;
}

}  // namespace

SPITupleTable* KeptStatement::run(std::span<const SqlValue> values) const {
    Bound bound;
    bind(bound, values, types_.size());
    if (plan_ == nullptr) plan_ = prepare(sql_, types_);
    return result_of(call([&] { return SPI_execute_plan(plan_, bound.data.data(), bound.nulls.data(), false, 0); }));
}

SPITupleTable* run_statement(const std::string& sql, std::span<const SqlValue> values, std::span<const Oid> types) {
    Bound bound;
    bind(bound, values, types.size());
    return result_of(call([&] {
        Oid* const list = const_cast<Oid*>(types.data());  // only read
        return SPI_execute_with_args(sql.c_str(), static_cast<int>(types.size()), list, bound.data.data(),
                                     bound.nulls.data(), false, 0);
    }));
}

}  // namespace evolve::pg
