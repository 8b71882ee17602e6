// One row of a table of schema evolve by one of its indexes, without statement and planner: a microsecond instead of
// ten, and never by reading the whole table, as a plan that was kept since the table was small would.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "pg/boundary.hpp"
#include "pg/kept_rows.hpp"
#include "pg/values.hpp"

extern "C" {
#include "access/genam.h"
}

namespace evolve::pg {

// What a leading column of the index must be: equal, or (the last one only) at most.
enum class ProbeKey : std::uint8_t { none, text, uuid, bytea, time_at_most };

constexpr std::size_t most_probe_keys = 2;
constexpr std::size_t most_probe_columns = most_kept_columns;
constexpr std::size_t remembered_rows = 64;

// Where a probe looks, in static memory: by name, and where that was found last.
struct ProbePlace {
    const char* table;
    const char* index;
    std::array<ProbeKey, most_probe_keys> keys;
    std::size_t column_count;
    std::array<const char*, most_probe_columns> columns;
    bool keep;  // as kept_rows.hpp says: rows that are there, and those by time also when they are not

    bool listed = false;   // among those that are told of changes
    bool current = false;  // what follows
    Oid table_oid = InvalidOid, index_oid = InvalidOid;
    std::array<int, most_probe_columns> attributes{};
    std::array<ColumnLayout, most_probe_columns> layouts{};
    KeptRows kept{};
    bool unique = false;  // the keys find one row at most
    std::array<AttrNumber, most_probe_keys> key_attributes{};
    std::array<ItemPointerData, remembered_rows> rows{};  // where some were found, by hash of their keys
    ProbePlace* next = nullptr;
};

// For each of several keys (most_probe_keys values each) the row as the calling statement sees it (one that is kept: as
// it is committed, or changed by this transaction), its columns copied to `rows`; `found` says which there are. Of
// several rows with a key the first, or the last. The rights are those of the owner of the tables: only for functions
// that act as the owner.
void probe(ProbePlace& place, std::span<const std::array<Datum, most_probe_keys>> keys, bool last,
           std::span<SqlValue> rows, std::span<bool> found);

// As index_beginscan() of every PostgreSQL; for the inside of call().
IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys);

template <std::size_t columns>
class IndexProbe {
public:
    using Row = std::array<SqlValue, columns>;

    constexpr IndexProbe(const char* table, const char* index, std::array<ProbeKey, most_probe_keys> keys,
                         const char* const (&names)[columns], bool keep = false)
        : place_{.table = table, .index = index, .keys = keys, .column_count = columns, .columns = {}, .keep = keep} {
        static_assert(columns <= most_probe_columns);
        for (std::size_t i = 0; i < columns; ++i) place_.columns[i] = names[i];
    }

    std::optional<Row> first(Datum key, Datum second_key = 0) { return find({key, second_key}, false); }
    std::optional<Row> last(Datum key, Datum second_key = 0) { return find({key, second_key}, true); }

    // A row for each of several texts; without one, NULLs.
    template <std::size_t count>
    std::array<Row, count> each(const std::array<Datum, count>& texts) {
        std::array<std::array<Datum, most_probe_keys>, count> keys{};
        for (std::size_t i = 0; i < count; ++i) keys[i][0] = texts[i];
        std::array<Row, count> rows;
        std::array<bool, count> found{};
        static_assert(sizeof rows == sizeof(SqlValue) * columns * count);
        probe(place_, keys, false, {rows[0].data(), columns * count}, found);
        return rows;
    }

private:
    std::optional<Row> find(const std::array<Datum, most_probe_keys>& key, bool last) {
        Row row;
        bool found = false;
        probe(place_, {&key, 1}, last, row, {&found, 1});
        if (!found) return std::nullopt;
        return row;
    }

    ProbePlace place_;
};

}  // namespace evolve::pg
