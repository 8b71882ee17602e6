// Reading packs: straight from the pages of evolve.packed_bars into the columns, in the order of time.
#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "core/series/bars.hpp"
#include "pg/packs.hpp"

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
}

namespace evolve::pg {
namespace {

// More holes than these in the packs of a series: reading all rows costs less than the holes one by one.
constexpr std::size_t most_gaps = 32;

// Where the columns of evolve.packed_bars are.
struct Columns {
    AttrNumber series, from, to, sealed_by, data[6];  // ts, open, high, low, close, volume
};

// A pack as it lies in its page; good until the next one is fetched.
struct Pack {
    bool found, sealed, sound;
    TimestampTz from, to;
    std::size_t size;
    const void* data[6];
};

class PackScan {
public:
    // Packs of the series from the one that holds `span.from` on, in the order of time.
    PackScan(std::int64_t series, TimeSpan span) : uncaught_(std::uncaught_exceptions()) {
        call([&] { open(); });
        const TimestampTz first = call([&] { return first_start(series, span.from); });
        call([&] {
            ScanKeyData keys[3];
            ScanKeyInit(&keys[0], columns_.series, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(series));
            ScanKeyInit(&keys[1], columns_.from, BTGreaterEqualStrategyNumber, F_TIMESTAMPTZ_GE,
                        TimestampTzGetDatum(first));
            ScanKeyInit(&keys[2], columns_.from, BTLessStrategyNumber, F_TIMESTAMPTZ_LT, TimestampTzGetDatum(span.to));
            scan_ = systable_beginscan_ordered(table_, index_, GetActiveSnapshot(), 3, keys);
        });
    }
    PackScan(const PackScan&) = delete;
    PackScan& operator=(const PackScan&) = delete;
    // When an error passes through, PostgreSQL's abort handling closes what is open.
    ~PackScan() {
        if (std::uncaught_exceptions() != uncaught_) return;
        systable_endscan_ordered(scan_);
        index_close(index_, AccessShareLock);
        table_close(table_, AccessShareLock);
    }

    Pack next() {
        return call([&] {
            CHECK_FOR_INTERRUPTS();
            Pack pack{};
            HeapTuple const tuple = systable_getnext_ordered(scan_, ForwardScanDirection);
            pack.found = HeapTupleIsValid(tuple);
            if (!pack.found) return pack;
            heap_deform_tuple(tuple, RelationGetDescr(table_), values_, nulls_);
            pack.from = DatumGetTimestampTz(values_[columns_.from - 1]);
            pack.to = DatumGetTimestampTz(values_[columns_.to - 1]);
            pack.sealed = TransactionIdEquals(HeapTupleHeaderGetRawXmin(tuple->t_data),
                                              DatumGetTransactionId(values_[columns_.sealed_by - 1]));
            pack.sound = true;
            for (int i = 0; i < 6; ++i) take_column(pack, i);
            return pack;
        });
    }

    // Bars that the table can hold at most; a bound for what a hint says.
    std::size_t capacity() const {
        return call([&] { return static_cast<std::size_t>(RelationGetNumberOfBlocks(table_)); }) * bars_per_pack;
    }

private:
    void open() {
        const Oid schema = get_namespace_oid("evolve", false);
        table_ = table_open(get_relname_relid("packed_bars", schema), AccessShareLock);
#if PG_VERSION_NUM >= 180000
        const Oid key = RelationGetPrimaryKeyIndex(table_, false);
#else
        const Oid key = RelationGetPrimaryKeyIndex(table_);
#endif
        if (!OidIsValid(key)) elog(ERROR, "evolve.packed_bars has no primary key");
        index_ = index_open(key, AccessShareLock);
        const Oid oid = RelationGetRelid(table_);
        const int count = RelationGetDescr(table_)->natts;
        values_ = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<std::size_t>(count)));
        nulls_ = static_cast<bool*>(palloc(sizeof(bool) * static_cast<std::size_t>(count)));
        columns_.series = get_attnum(oid, "series");
        columns_.from = get_attnum(oid, "from_ts");
        columns_.to = get_attnum(oid, "to_ts");
        columns_.sealed_by = get_attnum(oid, "sealed_by");
        constexpr const char* names[6] = {"ts", "open", "high", "low", "close", "volume"};
        for (int i = 0; i < 6; ++i) columns_.data[i] = get_attnum(oid, names[i]);
    }

    // Start of the last pack that starts at or before `from`.
    TimestampTz first_start(std::int64_t series, TimestampTz from) {
        ScanKeyData keys[2];
        ScanKeyInit(&keys[0], columns_.series, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(series));
        ScanKeyInit(&keys[1], columns_.from, BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE, TimestampTzGetDatum(from));
        SysScanDesc const scan = systable_beginscan_ordered(table_, index_, GetActiveSnapshot(), 2, keys);
        HeapTuple const tuple = systable_getnext_ordered(scan, BackwardScanDirection);
        TimestampTz start = from;
        if (HeapTupleIsValid(tuple)) {
            bool null = false;
            start = DatumGetTimestampTz(heap_getattr(tuple, columns_.from, RelationGetDescr(table_), &null));
        }
        systable_endscan_ordered(scan);
        return start;
    }

    // Whoever may write the table may write nonsense into it: nothing is read beyond an array's end.
    void take_column(Pack& pack, int i) {
        if (nulls_[columns_.data[i] - 1]) {
            pack.sound = false;
            return;
        }
        ArrayType* const array = DatumGetArrayTypeP(values_[columns_.data[i] - 1]);
        const std::size_t size =
            ARR_NDIM(array) == 0 ? 0 : static_cast<std::size_t>(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)));
        if (i == 0) pack.size = size;
        if (ARR_HASNULL(array) || size != pack.size || ARR_ELEMTYPE(array) != (i == 0 ? TIMESTAMPTZOID : FLOAT8OID))
            pack.sound = false;
        pack.data[i] = ARR_DATA_PTR(array);
    }

    Relation table_ = nullptr, index_ = nullptr;
    SysScanDesc scan_ = nullptr;
    Columns columns_{};
    Datum* values_ = nullptr;
    bool* nulls_ = nullptr;
    int uncaught_;
};

// Bars [first, last) of a pack; false when they are not in order, which no packer wrote.
bool append(Bars& bars, const Pack& pack, std::size_t first, std::size_t last) {
    const auto* const ts = static_cast<const TimestampTz*>(pack.data[0]);
    const std::size_t before = bars.size();
    int ascending = int{before == 0 || first == last || bars.ts.back() < ts[first] + epoch_shift};
    for (std::size_t i = first + 1; i < last; ++i) ascending &= int{ts[i - 1] < ts[i]};
    bars.ts.insert(bars.ts.end(), ts + first, ts + last);
    for (std::size_t i = before; i < bars.ts.size(); ++i) bars.ts[i] += epoch_shift;
    LongVector<double>* const columns[5] = {&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume};
    for (std::size_t i = 0; i < 5; ++i) {
        const auto* const values = static_cast<const double*>(pack.data[i + 1]);
        columns[i]->insert(columns[i]->end(), values + first, values + last);
    }
    return ascending != 0;
}

void append(Bars& bars, BarsView more) {
    bars.ts.insert(bars.ts.end(), more.ts.begin(), more.ts.end());
    const auto add = [](LongVector<double>& column, std::span<const double> values) {
        column.insert(column.end(), values.begin(), values.end());
    };
    add(bars.open, more.open);
    add(bars.high, more.high);
    add(bars.low, more.low);
    add(bars.close, more.close);
    add(bars.volume, more.volume);
}

// A span that no good pack covers, and how many bars of packs lie before it.
struct Gap {
    TimeSpan span;
    std::size_t position;
};

std::vector<TimeSpan> changed_spans(const Query& query, const Market& stored) {
    std::vector<TimeSpan> spans;
    query.each_row(
        "SELECT first_ts, last_ts FROM evolve.packed_changes WHERE exchange = $1 AND symbol = $2 AND timeframe = $3",
        {stored.exchange, stored.symbol, std::string(to_string(stored.timeframe))}, [&](const Row& row) {
            spans.push_back({row.int8(1), row.int8(2)});
        });
    return spans;
}

// Every good pack of the span into `bars`; what they leave open into `gaps`. False: too many gaps, or packs that no
// packer wrote.
bool read_packs(std::int64_t series, std::int64_t bars_hint, TimeSpan span, const std::vector<TimeSpan>& changed,
                Bars& bars, std::vector<Gap>& gaps) {
    PackScan packs(series, span);
    if (span.from == DT_NOBEGIN && span.to == DT_NOEND && bars_hint > 0)
        bars.reserve(std::min(static_cast<std::size_t>(bars_hint) + bars_per_pack, packs.capacity()));
    TimestampTz covered = span.from;
    for (Pack pack = packs.next(); pack.found; pack = packs.next()) {
        const bool touched = std::any_of(changed.begin(), changed.end(), [&](const TimeSpan& change) {
            return change.to >= pack.from && change.from < pack.to;
        });
        if (touched || !pack.sealed || !pack.sound || pack.to <= covered) continue;
        if (pack.from > covered) gaps.push_back({{covered, pack.from}, bars.size()});
        if (gaps.size() > most_gaps) return false;
        const auto* const ts = static_cast<const TimestampTz*>(pack.data[0]);
        const auto index_of = [&](TimestampTz bound) {
            return static_cast<std::size_t>(std::lower_bound(ts, ts + pack.size, bound) - ts);
        };
        const std::size_t first = pack.from < covered ? index_of(covered) : 0;
        const std::size_t last = pack.to > span.to ? index_of(span.to) : pack.size;
        if (first < last && !append(bars, pack, first, last)) return false;
        covered = pack.to;
    }
    if (covered < span.to) gaps.push_back({{covered, span.to}, bars.size()});
    return gaps.size() <= most_gaps;
}

// Reads the gaps from rows. At the end, where they mostly are, that needs no second copy of what is there.
void fill_gaps(const Query& query, const Market& stored, const std::vector<Gap>& gaps, Bars& bars) {
    Bars packed;
    std::size_t taken = gaps.front().position;
    if (taken < bars.size()) {
        packed = std::move(bars);
        bars = {};
        taken = 0;
    }
    for (const Gap& gap : gaps) {
        if (gap.position > taken) append(bars, packed.view().slice(taken, gap.position - taken));
        taken = gap.position;
        Bars rows;
        read_stored_rows(query, stored, gap.span, rows);
        append(bars, rows.view());
    }
    if (packed.size() > taken) append(bars, packed.view().slice(taken, packed.size() - taken));
}

}  // namespace

bool read_packed(const Query& query, const Market& stored, TimeSpan span, Bars& bars) {
    if (span.from >= span.to || own_changes_unmarked()) return false;
    const PackSeal seal = pack_seal(query);
    if (seal.text.empty()) return false;
    std::optional<std::int64_t> series;
    std::int64_t bars_hint = 0;
    query.each_row(
        "SELECT series, bars FROM evolve.packed_series "
        "WHERE exchange = $1 AND symbol = $2 AND timeframe = $3 AND sealed_for = $4",
        {stored.exchange, stored.symbol, std::string(to_string(stored.timeframe)), seal.text}, [&](const Row& row) {
            series = row.int8(1);
            bars_hint = row.int8(2);
        });
    if (!series) return false;

    std::vector<Gap> gaps;
    if (!read_packs(*series, bars_hint, span, changed_spans(query, stored), bars, gaps)) {
        bars.clear();
        return false;
    }
    if (!gaps.empty()) fill_gaps(query, stored, gaps, bars);
    return true;
}

}  // namespace evolve::pg
