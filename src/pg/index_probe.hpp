// One row of a table of schema evolve by one of its indexes, without statement and planner: a microsecond instead of
// ten, and never by reading the whole table, as a plan that was kept since the table was small would.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "pg/boundary.hpp"
#include "pg/values.hpp"

namespace evolve::pg {

// What a leading column of the index must be: equal, or (the last one only) at most.
struct ProbeKey {
    enum class Kind : std::uint8_t { text, uuid, bytea, time_at_most };
    Kind kind;
    Datum value;
};

struct Probe {
    const char* table;
    const char* index;
    std::span<const ProbeKey> keys;
    bool last = false;  // of several rows the last one, else the first
};

// The row as the calling statement sees it, its named columns copied; false when there is none. The rights are those of
// the owner of the tables: only for functions that act as the owner.
bool probe(const Probe& probe, std::span<const char* const> columns, std::span<SqlValue> values);

template <std::size_t count>
std::optional<std::array<SqlValue, count>> find_row(const char* table, const char* index,
                                                    std::span<const ProbeKey> keys, const char* const (&columns)[count],
                                                    bool last = false) {
    std::array<SqlValue, count> values;
    if (!probe({.table = table, .index = index, .keys = keys, .last = last}, columns, values)) return std::nullopt;
    return values;
}

}  // namespace evolve::pg
