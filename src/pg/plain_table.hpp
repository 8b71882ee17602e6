// Rows into a table of schema evolve without statement, planner and executor, the way COPY writes them. Only where that
// can make no difference: into a plain table without triggers, rules, policies, defaults or columns that we do not
// know. Anything else is left to a statement.
#pragma once

#include <cstdint>
#include <span>

#include "pg/boundary.hpp"
#include "pg/values.hpp"

namespace evolve::pg {

struct TableColumn {
    const char* name;
    Oid type;
    std::int32_t modifier = -1;  // values fit it
};

// typmod of numeric(precision, scale)
constexpr std::int32_t numeric_modifier(int precision, int scale) {
    return ((precision << 16) | scale) + static_cast<int>(sizeof(std::int32_t));
}

// A table as we know it, in static memory.
struct TableShape {
    const char* name;
    const char* identity;  // GENERATED ALWAYS AS IDENTITY, bigint
    std::span<const TableColumn> columns;
    const char* key = nullptr;  // column of a unique index: of sessions that write the same one, one does
};

struct Written {
    enum class Outcome : std::uint8_t {
        by_statement,  // nothing is written: a statement must do it, or say why it cannot be done
        there,         // nothing is written: the calling statement sees a row with this key
        done
    };
    Outcome outcome = Outcome::by_statement;
    std::int64_t identity = 0;  // of the last row
};

class PlainTable {
public:
    explicit constexpr PlainTable(const TableShape& shape) : shape_(shape) {}

    // Writes rows, the values of one after those of another. Several rows only where there is no key. The rights are
    // those of the current user.
    Written write(std::span<const SqlValue> values) const;

    const TableShape& shape() const { return shape_; }

private:
    TableShape shape_;
    mutable struct PlainLayout* layout_ = nullptr;
};

}  // namespace evolve::pg
