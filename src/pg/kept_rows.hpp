// Rows that a session keeps: settings, currencies, policies, plans, who uploaded a strategy. They are read for each
// settlement and hardly ever change.
//
// Where trigger evolve_announce stands on a table, each change of its rows tells all sessions to forget what they know
// of it, the way PostgreSQL tells them that a table was altered: when the change commits, and at once in the session
// that makes it, also when it is taken back. What is kept was read when all that is committed was seen; so it is never
// older than the last commit that this session has heard of at the start of its transaction. Where the trigger is
// missing or switched off (which PostgreSQL tells as well), nothing is kept.
#pragma once

#include <array>

#include "pg/boundary.hpp"
#include "pg/values.hpp"

extern "C" {
#include "utils/rel.h"
}

namespace evolve::pg {

constexpr std::size_t most_kept_rows = 64;
constexpr std::size_t most_kept_bytes = 4096;
constexpr std::size_t most_kept_columns = 8;

// What a row is found by; where the time when it begins to count is a part of it, the span that the answer holds for,
// the end left out. Microseconds, as PostgreSQL counts them.
struct KeptKey {
    std::span<const unsigned char> bytes;
    std::int64_t from = PG_INT64_MIN, until = PG_INT64_MAX;
};

// How a column's values lie in memory.
struct ColumnLayout {
    bool by_value = false;
    std::int16_t length = 0;
};

// In static memory. All functions are for the inside of call(): plain data, and errors are PostgreSQL's.
class KeptRows {
public:
    // Forgets all; to be called when the table was opened and is the same as from now on.
    void begin(Relation table, bool key_is_unique);
    // What is known of a key at a time: `known` says whether anything is, `found` whether there is a row, which is
    // copied to the memory context of the caller.
    struct Answer {
        bool known, found;
    };
    Answer find(std::span<const unsigned char> key, std::int64_t time, std::span<const ColumnLayout> columns,
                SqlValue* row) const;
    void keep(const KeptKey& key, std::span<const ColumnLayout> columns, bool found, const SqlValue* row);
    bool announced() const { return announced_; }

private:
    struct Kept;
    static std::size_t place_of(std::span<const unsigned char> key);

    bool announced_ = false;
    MemoryContext memory_ = nullptr;
    std::array<Kept*, most_kept_rows> rows_{};
};

// Whether this transaction goes by what is committed at each moment; one that sees the past reads it.
bool may_use_kept_rows();

}  // namespace evolve::pg
