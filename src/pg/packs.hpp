// Bars of evolve.market_bars packed as columns in evolve.packed_bars, and what makes them safe to read.
//
// A pack holds all bars of a series in a span of time. It is used only when, in the reader's own snapshot,
//   - the series is sealed for the table and the triggers that are there now (pack_seal), so that every change of a bar
//     since then has passed the triggers;
//   - the row is the one that the packer wrote (xmin = sealed_by), not a copy from a dump;
//   - no row of evolve.packed_changes meets its span.
// The triggers write such a row in the transaction that changes the bars, so a snapshot sees both or neither. A packer
// deletes the rows it saw before it reads the bars, and packers exclude each other: a change that a pack does not hold
// has left a row that its packer did not see, and that is still there. Nobody waits: neither writers nor readers for a
// packer, nor a packer for them, except when a series is packed for the first time (packs_write.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/lifecycle/series.hpp"
#include "core/series/bars.hpp"
#include "pg/query.hpp"
#include "pg/values.hpp"

namespace evolve::pg {

// Half-open, in PostgreSQL's microseconds since 2000; the ends of its range are -infinity and infinity.
struct TimeSpan {
    TimestampTz from = DT_NOBEGIN, to = DT_NOEND;
};
inline TimeSpan time_span(std::optional<Timestamp> from, std::optional<Timestamp> to) {
    return {.from = from ? *from - epoch_shift : DT_NOBEGIN, .to = to ? *to - epoch_shift : DT_NOEND};
}

// Bars in a pack: as many as fit into a page of 8 kB.
inline constexpr std::size_t bars_per_pack = (BLCKSZ - 512) / (6 * sizeof(double));

// What packs made now belong to: system, database, table, its file and columns, its triggers. Empty when packs cannot
// be trusted or read: `reason` then says why.
struct PackSeal {
    std::string text, reason;
};
PackSeal pack_seal(const Query& query);

// The bars of a stored series from packs, and from rows where no pack is good. False: the series is not packed, or its
// packs are of no use to this call; nothing was read then.
bool read_packed(const Query& query, const Market& stored, TimeSpan span, Bars& bars);

// The same from rows.
void read_stored_rows(const Query& query, const Market& stored, TimeSpan span, Bars& bars);

// Packs what is not packed of a stored series; the number of bars packed. The caller holds the packers' lock. Without
// `wait`, nullopt when the series cannot be packed at once.
std::optional<std::int64_t> pack_series(const Market& stored, bool wait);

// True while the bars that this transaction changed are not all marked in evolve.packed_changes as the active snapshot
// sees it.
bool own_changes_unmarked();
// Called once by _PG_init.
void watch_own_changes();

// Application and key of the advisory lock that writers of series that are not packed share and who packs a series for
// the first time takes alone.
inline constexpr std::uint32_t lock_application = 1702259052, first_pack_lock = 4;

}  // namespace evolve::pg
