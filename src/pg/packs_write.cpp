// Packing: evolve_pack_bars() and the cycle. The order of the steps is what packs.hpp relies on: the seal, the lock of
// a first packing, the changes that are taken up, then the rows, each in a snapshot no older than the one before.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "pg/market.hpp"
#include "pg/packs.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

extern "C" {
#include "access/xact.h"
#include "storage/lock.h"
}

namespace evolve::pg {
namespace {

[[noreturn]] void refuse_to_pack(const char* sqlstate, const std::string& reason, const char* hint) {
    call([&] {
        ereport(ERROR, (errcode(MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2], sqlstate[3], sqlstate[4])),
                        errmsg("bars cannot be packed: %s", reason.c_str()), errhint("%s", hint)));
    });
    pg_unreachable();
}

// Writers of a series that is not packed leave no mark and share this lock instead, to the end of their transactions:
// whoever holds it alone knows that none of them is on its way.
bool lock_first_pack(bool wait) {
    return call([&] {
        LOCKTAG tag;
        SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, lock_application, first_pack_lock, 2);
        return LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
    });
}

struct Series {
    std::int64_t id;
    bool sealed;
};

// Held to the end: whoever unpacks the series meanwhile waits, or is waited for.
std::optional<Series> find_series(const Query& query, const Market& stored, const std::string& seal) {
    std::optional<Series> found;
    query.each_row(
        "SELECT series, sealed_for = $4 FROM evolve.packed_series WHERE exchange = $1 AND symbol = $2 AND timeframe = "
        "$3 FOR KEY SHARE",
        {stored.exchange, stored.symbol, std::string(to_string(stored.timeframe)), seal},
        [&](const Row& row) { found = Series{.id = row.int8(1), .sealed = row.boolean(2)}; });
    return found;
}

std::int64_t add_series(const Query& query, const Market& stored, const std::string& seal) {
    std::int64_t id = 0;
    query.each_row(
        "INSERT INTO evolve.packed_series (exchange, symbol, timeframe, bars, sealed_for, packed_at) "
        "VALUES ($1, $2, $3, 0, $4, pg_catalog.now()) RETURNING series",
        {stored.exchange, stored.symbol, std::string(to_string(stored.timeframe)), seal},
        [&](const Row& row) { id = row.int8(1); });
    return id;
}

// Deletes the marks of changes and the packs that they meet; true when there were any.
bool drop_stale_packs(const Query& query, const Market& stored, std::int64_t series) {
    bool dropped = false;
    query.each_row(R"sql(
        WITH changed AS (
            DELETE FROM evolve.packed_changes WHERE exchange = $1 AND symbol = $2 AND timeframe = $3
            RETURNING first_ts, last_ts
        ), gone AS (
            DELETE FROM evolve.packed_bars AS pack
            WHERE pack.series = $4::int8
              AND (pack.xmin <> pack.sealed_by
                   OR EXISTS (SELECT FROM changed WHERE changed.last_ts >= pack.from_ts AND changed.first_ts < pack.to_ts))
            RETURNING pack.series
        )
        SELECT EXISTS (SELECT FROM changed) OR EXISTS (SELECT FROM gone))sql",
                   {stored.exchange, stored.symbol, std::string(to_string(stored.timeframe)), std::to_string(series)},
                   [&](const Row& row) { dropped = row.boolean(1); });
    return dropped;
}

// What no pack covers, in the order of time.
std::vector<TimeSpan> open_spans(const Query& query, std::int64_t series) {
    std::vector<TimeSpan> spans;
    TimestampTz covered = DT_NOBEGIN;
    query.each_row("SELECT from_ts, to_ts FROM evolve.packed_bars WHERE series = $1::int8 ORDER BY from_ts",
                   {std::to_string(series)}, [&](const Row& row) {
                       if (row.int8(1) > covered) spans.push_back({.from = covered, .to = row.int8(1)});
                       covered = std::max(covered, row.int8(2));
                   });
    if (covered < DT_NOEND) spans.push_back({.from = covered, .to = DT_NOEND});
    return spans;
}

Datum array_of(const void* values, std::size_t count, Oid type) {
    static_assert(FLOAT8PASSBYVAL);
    const std::size_t size = ARR_OVERHEAD_NONULLS(1) + count * sizeof(double);
    return call([&] {
        if (count == 0) return PointerGetDatum(construct_empty_array(type));
        auto* const array = static_cast<ArrayType*>(palloc0(size));
        SET_VARSIZE(array, size);
        array->ndim = 1;
        array->elemtype = type;
        ARR_DIMS(array)[0] = static_cast<int>(count);
        ARR_LBOUND(array)[0] = 1;
        memcpy(ARR_DATA_PTR(array), values, count * sizeof(double));
        return PointerGetDatum(array);
    });
}

// Writes packs; an SPI connection is open as long as it is used.
class PackWriter {
public:
    explicit PackWriter(std::int64_t series) : series_(series) {
        plan_ = call([&] {
            Oid types[columns] = {INT8OID,        TIMESTAMPTZOID, TIMESTAMPTZOID, XIDOID,         TIMESTAMPTZARRAYOID,
                                  FLOAT8ARRAYOID, FLOAT8ARRAYOID, FLOAT8ARRAYOID, FLOAT8ARRAYOID, FLOAT8ARRAYOID};
            return SPI_prepare(
                "INSERT INTO evolve.packed_bars (series, from_ts, to_ts, sealed_by, ts, open, high, low, close, "
                "volume) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                columns, types);
        });
        if (plan_ == nullptr) throw Error(ErrorCode::internal, "SPI failed to prepare");
    }

    void write(TimeSpan span, BarsView bars) const {
        std::vector<TimestampTz> ts(bars.ts.begin(), bars.ts.end());
        for (TimestampTz& time : ts) time -= epoch_shift;
        Datum values[columns] = {Int64GetDatum(series_),
                                 TimestampTzGetDatum(span.from),
                                 TimestampTzGetDatum(span.to),
                                 call([] { return TransactionIdGetDatum(GetCurrentTransactionId()); }),
                                 array_of(ts.data(), ts.size(), TIMESTAMPTZOID),
                                 array_of(bars.open.data(), bars.size(), FLOAT8OID),
                                 array_of(bars.high.data(), bars.size(), FLOAT8OID),
                                 array_of(bars.low.data(), bars.size(), FLOAT8OID),
                                 array_of(bars.close.data(), bars.size(), FLOAT8OID),
                                 array_of(bars.volume.data(), bars.size(), FLOAT8OID)};
        const int result = call([&] { return SPI_execute_plan(plan_, values, nullptr, false, 0); });
        if (result < 0) throw Error(ErrorCode::internal, std::string("SPI failed: ") + SPI_result_code_string(result));
        call([&] {
            for (int i = 4; i < columns; ++i) pfree(DatumGetPointer(values[i]));
        });
    }

private:
    static constexpr int columns = 10;
    std::int64_t series_;
    SPIPlanPtr plan_;
};

// At the end of the series packs are filled, since bars come in there; elsewhere they are of equal size, so that what
// is inserted between them does not leave one bar alone in a pack again and again.
void write_packs(const PackWriter& writer, TimeSpan span, BarsView bars) {
    const std::size_t count = std::max<std::size_t>(1, (bars.size() + bars_per_pack - 1) / bars_per_pack);
    const std::size_t size = span.to == DT_NOEND ? bars_per_pack : (bars.size() + count - 1) / count;
    TimestampTz from = span.from;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t first = std::min(i * size, bars.size());
        const std::size_t last = i + 1 == count ? bars.size() : std::min(first + size, bars.size());
        const TimestampTz to = last == bars.size() ? span.to : bars.ts[last] - epoch_shift;
        if (from >= to) continue;
        writer.write({.from = from, .to = to}, bars.slice(first, last - first));
        from = to;
    }
}

}  // namespace

std::optional<std::int64_t> pack_series(const Market& stored, bool wait) {
    if (call([] { return IsolationUsesXactSnapshot(); }))
        refuse_to_pack("PE012", "the transaction's snapshot may be older than the bars",
                       "Call it in a transaction of isolation level READ COMMITTED.");
    const Query query(Access::write);
    const PackSeal seal = pack_seal(query);
    if (seal.text.empty()) {
        if (!wait) return std::nullopt;
        refuse_to_pack("PE010", seal.reason,
                       "SELECT evolve_migrate() ties the triggers again; bars that are not packed are read from rows.");
    }
    std::optional<Series> series = find_series(query, stored, seal.text);
    bool changed = true;
    if (!series) {
        if (!lock_first_pack(wait)) return std::nullopt;
        series = Series{.id = add_series(query, stored, seal.text), .sealed = true};
    } else if (!series->sealed) {
        query.each_row("DELETE FROM evolve.packed_bars WHERE series = $1::int8", {std::to_string(series->id)},
                       [](const Row&) {});
    } else {
        changed = false;
    }
    changed |= drop_stale_packs(query, stored, series->id);
    std::int64_t packed = 0;
    const PackWriter writer(series->id);
    for (const TimeSpan& span : open_spans(query, series->id)) {
        Bars bars;
        read_stored_rows(query, stored, span, bars);
        write_packs(writer, span, bars.view());
        packed += static_cast<std::int64_t>(bars.size());
        changed = true;
    }
    if (changed)
        query.each_row(
            "UPDATE evolve.packed_series SET sealed_for = $2, packed_at = pg_catalog.now(), bars = "
            "(SELECT coalesce(pg_catalog.sum(pg_catalog.cardinality(pack.ts)), 0) FROM evolve.packed_bars AS pack "
            "WHERE pack.series = $1::int8) WHERE series = $1::int8",
            {std::to_string(series->id), seal.text}, [](const Row&) {});
    return packed;
}

}  // namespace evolve::pg

using namespace evolve;
using namespace evolve::pg;

EVOLVE_FUNCTION(_evolve_pack_market) {
    const Market market{.exchange = text_arg(fcinfo, 0),
                        .symbol = text_arg(fcinfo, 1),
                        .timeframe = timeframe_argument(text_arg(fcinfo, 2)),
                        .bars = 0};
    const std::optional<Market> stored = stored_series(evolve::pg::Query(Access::write), market);
    const std::optional<std::int64_t> packed = stored ? pack_series(*stored, PG_GETARG_BOOL(3)) : std::nullopt;
    fcinfo->isnull = !packed;
    return Int64GetDatum(packed.value_or(0));
}
