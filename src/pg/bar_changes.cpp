// Triggers of evolve.market_bars: which spans of which packed series a statement changed.
#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/series/timeframe.hpp"
#include "pg/packs.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace evolve::pg {
namespace {

// What this transaction has done to bars. A statement that has begun and not ended has changed rows that no mark tells
// of yet; afterwards, snapshots from before its marks still do not see them. A statement that failed inside a savepoint
// leaves its count behind: the rest of the transaction then reads rows.
struct OwnChanges {
    int statements = 0;
    bool marked = false;
    CommandId marked_before = 0;
};
OwnChanges own_changes;

void forget_at_end(XactEvent event, void* /*argument*/) {
    switch (event) {
        case XACT_EVENT_COMMIT:
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:
        case XACT_EVENT_PARALLEL_COMMIT:
        case XACT_EVENT_PARALLEL_ABORT:
            own_changes = {};
            break;
        case XACT_EVENT_PRE_COMMIT:
        case XACT_EVENT_PARALLEL_PRE_COMMIT:
        case XACT_EVENT_PRE_PREPARE:
            break;
    }
}

// Spans of one series, in microseconds since 2000, ends included.
struct Run {
    TimestampTz first, last;
};

struct SeriesChanges {
    std::string exchange, symbol, timeframe;  // in the database's encoding
    TimestampTz nearby = 0;                   // bars no further apart are one run
    std::vector<Run> runs;
};

constexpr std::size_t most_runs = 64;

class Changes {
public:
    void add(std::string_view exchange, std::string_view symbol, std::string_view timeframe, TimestampTz ts) {
        if (current_ == nullptr || current_->symbol != symbol || current_->exchange != exchange ||
            current_->timeframe != timeframe)
            current_ = &find(exchange, symbol, timeframe);
        if (!current_->runs.empty()) {
            Run& run = current_->runs.back();
            if (ts >= run.first - current_->nearby && ts <= run.last + current_->nearby) {
                run.first = std::min(run.first, ts);
                run.last = std::max(run.last, ts);
                return;
            }
        }
        current_->runs.push_back({ts, ts});
        if (current_->runs.size() > 16 * most_runs) join(*current_);
    }

    // Every series with its runs, few and apart.
    std::vector<SeriesChanges> result() {
        std::vector<SeriesChanges> all;
        for (auto& [key, series] : series_) {
            join(series);
            all.push_back(std::move(series));
        }
        return all;
    }

private:
    SeriesChanges& find(std::string_view exchange, std::string_view symbol, std::string_view timeframe) {
        std::string key;
        for (const std::string_view part : {exchange, symbol, timeframe}) key.append(part).push_back('\0');
        SeriesChanges& series = series_[key];
        if (series.runs.empty()) {
            series.exchange = exchange;
            series.symbol = symbol;
            series.timeframe = timeframe;
            const std::int64_t length = seconds(parse_timeframe(timeframe).value_or(Timeframe::d1));
            series.nearby = static_cast<TimestampTz>(bars_per_pack) * length * USECS_PER_SEC;
        }
        return series;
    }

    static void join(SeriesChanges& series) {
        std::vector<Run>& runs = series.runs;
        std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
        std::vector<Run> joined;
        for (const Run& run : runs) {
            if (!joined.empty() && run.first <= joined.back().last + series.nearby) {
                joined.back().last = std::max(joined.back().last, run.last);
            } else {
                joined.push_back(run);
            }
        }
        if (joined.size() > most_runs) joined = {{joined.front().first, joined.back().last}};
        runs = std::move(joined);
    }

    std::map<std::string, SeriesChanges> series_;
    SeriesChanges* current_ = nullptr;  // a map does not move what it holds
};

// Where a bar's key is in the rows of the table.
struct KeyColumns {
    AttrNumber exchange, symbol, timeframe, ts, last;
};

KeyColumns key_columns(Oid table) {
    return call([&] {
        KeyColumns key{get_attnum(table, "exchange"), get_attnum(table, "symbol"), get_attnum(table, "timeframe"),
                       get_attnum(table, "ts"), 0};
        key.last = std::max(std::max(key.exchange, key.symbol), std::max(key.timeframe, key.ts));
        if (key.exchange <= 0 || key.symbol <= 0 || key.timeframe <= 0 || key.ts <= 0)
            elog(ERROR, "evolve.market_bars lacks a column of its key");
        return key;
    });
}

// A key as it lies in the slot; plain data.
struct BarKey {
    bool found;
    const char *exchange, *symbol, *timeframe;
    std::size_t exchange_size, symbol_size, timeframe_size;
    TimestampTz ts;
};

void take_text(TupleTableSlot* slot, AttrNumber column, const char*& data, std::size_t& size) {
    text* const value = DatumGetTextPP(slot->tts_values[column - 1]);
    data = VARDATA_ANY(value);
    size = static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value));
}

BarKey take_key(TupleTableSlot* slot, const KeyColumns& columns) {
    slot_getsomeattrs(slot, columns.last);
    BarKey key{};
    key.found = true;
    take_text(slot, columns.exchange, key.exchange, key.exchange_size);
    take_text(slot, columns.symbol, key.symbol, key.symbol_size);
    take_text(slot, columns.timeframe, key.timeframe, key.timeframe_size);
    key.ts = DatumGetTimestampTz(slot->tts_values[columns.ts - 1]);
    return key;
}

void add(Changes& changes, const BarKey& key) {
    changes.add({key.exchange, key.exchange_size}, {key.symbol, key.symbol_size}, {key.timeframe, key.timeframe_size},
                key.ts);
}

void add_rows(Changes& changes, Tuplestorestate* rows, TupleDesc descriptor, const KeyColumns& columns) {
    if (rows == nullptr) return;
    TupleTableSlot* const slot = call([&] {
        tuplestore_select_read_pointer(rows, 0);
        tuplestore_rescan(rows);
        return MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
    });
    while (true) {
        const BarKey key = call([&] {
            CHECK_FOR_INTERRUPTS();
            return tuplestore_gettupleslot(rows, true, false, slot) ? take_key(slot, columns) : BarKey{};
        });
        if (!key.found) break;
        add(changes, key);
    }
    call([&] { ExecDropSingleTupleTableSlot(slot); });
}

void add_row(Changes& changes, HeapTuple tuple, TupleDesc descriptor, const KeyColumns& columns) {
    TupleTableSlot* const slot = call([&] {
        TupleTableSlot* const made = MakeSingleTupleTableSlot(descriptor, &TTSOpsHeapTuple);
        ExecStoreHeapTuple(tuple, made, false);
        return made;
    });
    add(changes, call([&] { return take_key(slot, columns); }));
    call([&] { ExecDropSingleTupleTableSlot(slot); });
}

LOCKTAG first_pack_tag() {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, lock_application, first_pack_lock, 2);
    return tag;
}

// True when marks for series that are not packed may be left out: nobody packs one for the first time before this
// transaction ends.
bool share_first_pack_lock() {
    return call([] {
        const LOCKTAG tag = first_pack_tag();
        return LockAcquire(&tag, ShareLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
    });
}

void release_first_pack_lock() {
    call([] {
        const LOCKTAG tag = first_pack_tag();
        LockRelease(&tag, ShareLock, false);
    });
}

Oid owner_of_marks() {
    return call([] {
        const Oid table = get_relname_relid("packed_changes", get_namespace_oid("evolve", false));
        HeapTuple const row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
        if (!HeapTupleIsValid(row)) elog(ERROR, "evolve.packed_changes does not exist");
        const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->relowner;
        ReleaseSysCache(row);
        return owner;
    });
}

// Operators are named with their schema: the statements run as the tables' owner under the search_path of anybody.
constexpr const char* find_sql = R"sql(
    SELECT FROM evolve.packed_series AS packed
    WHERE packed.exchange OPERATOR(pg_catalog.=) $1 AND packed.symbol OPERATOR(pg_catalog.=) $2
      AND packed.timeframe OPERATOR(pg_catalog.=) $3)sql";
constexpr const char* mark_sql = R"sql(
    INSERT INTO evolve.packed_changes (exchange, symbol, timeframe, first_ts, last_ts) VALUES ($1, $2, $3, $4, $5))sql";
constexpr const char* mark_all_sql = R"sql(
    INSERT INTO evolve.packed_changes (exchange, symbol, timeframe, first_ts, last_ts)
    SELECT packed.exchange, packed.symbol, packed.timeframe, '-infinity'::pg_catalog.timestamptz, 'infinity'::pg_catalog.timestamptz
    FROM evolve.packed_series AS packed)sql";

// Kept for the session.
SPIPlanPtr find_plan = nullptr, mark_plan = nullptr, mark_all_plan = nullptr;

SPIPlanPtr kept_plan(SPIPlanPtr& plan, const char* sql, int count) {
    if (plan != nullptr) return plan;
    return call([&] {
        Oid types[5] = {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
        SPIPlanPtr const made = SPI_prepare(sql, count, types);
        if (made == nullptr || SPI_keepplan(made) != 0) elog(ERROR, "SPI failed to prepare");
        plan = made;
        return made;
    });
}

// Runs as the owner of the marks, as foreign keys do: whoever may change bars leaves marks. In a snapshot of now, even
// in a transaction that keeps an older one: a series that was packed meanwhile gets its marks. Returns the rows.
std::uint64_t run_as_owner(SPIPlanPtr plan, Datum* values, bool read_only) {
    const Oid owner = owner_of_marks();
    return call([&] {
        Oid user = InvalidOid;
        int context = 0;
        GetUserIdAndSecContext(&user, &context);
        SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
        Snapshot const now = RegisterSnapshot(GetLatestSnapshot());
        const int result = SPI_execute_snapshot(plan, values, nullptr, now, InvalidSnapshot, read_only, !read_only, 0);
        UnregisterSnapshot(now);
        SetUserIdAndSecContext(user, context);
        if (result < 0) elog(ERROR, "SPI failed: %s", SPI_result_code_string(result));
        return SPI_processed;
    });
}

// From here on the marks are seen: by snapshots that are taken later.
void marks_are_written() {
    own_changes.marked = true;
    own_changes.marked_before = call([] {
        CommandCounterIncrement();
        return GetCurrentCommandId(false);
    });
}

Datum text_of(const std::string& text) {
    return call([&] { return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size()))); });
}

void mark(const std::vector<SeriesChanges>& changes) {
    if (changes.empty()) return;
    const evolve::pg::Query query(Access::write);
    // The lock first, then the look at what is packed. A transaction that keeps its snapshot may go on seeing packs of
    // a series that was unpacked meanwhile.
    const bool shared = !call([] { return IsolationUsesXactSnapshot(); }) && share_first_pack_lock();
    bool all_marked = true;
    for (const SeriesChanges& series : changes) {
        Datum values[5] = {text_of(series.exchange), text_of(series.symbol), text_of(series.timeframe)};
        if (shared && run_as_owner(kept_plan(find_plan, find_sql, 3), values, true) == 0) {
            all_marked = false;
            continue;
        }
        for (const Run& run : series.runs) {
            values[3] = TimestampTzGetDatum(run.first);
            values[4] = TimestampTzGetDatum(run.last);
            (void)run_as_owner(kept_plan(mark_plan, mark_sql, 5), values, false);
        }
    }
    // What is marked need not be waited for.
    if (shared && all_marked) release_first_pack_lock();
    marks_are_written();
}

void mark_every_series() {
    const evolve::pg::Query query(Access::write);
    (void)run_as_owner(kept_plan(mark_all_plan, mark_all_sql, 0), nullptr, false);
    marks_are_written();
}

TriggerData* trigger_data(FunctionCallInfo fcinfo) {
    if (fcinfo->context == nullptr || fcinfo->context->type != T_TriggerData)
        throw Error(ErrorCode::invalid_option, "a trigger function cannot be called");
    return reinterpret_cast<TriggerData*>(fcinfo->context);
}

}  // namespace

bool own_changes_unmarked() {
    if (own_changes.statements > 0) return true;
    return own_changes.marked && call([] { return GetActiveSnapshot()->curcid; }) < own_changes.marked_before;
}

void watch_own_changes() { RegisterXactCallback(forget_at_end, nullptr); }

}  // namespace evolve::pg

using namespace evolve;
using namespace evolve::pg;

EVOLVE_FUNCTION(_evolve_bars_change_begins) {
    (void)trigger_data(fcinfo);
    ++own_changes.statements;
    return PointerGetDatum(nullptr);
}

EVOLVE_FUNCTION(_evolve_bars_changed) {
    TriggerData* const trigger = trigger_data(fcinfo);
    const TriggerEvent event = trigger->tg_event;
    Relation const table = trigger->tg_relation;
    if (TRIGGER_FIRED_BY_TRUNCATE(event)) {
        mark_every_series();
    } else {
        Changes changes;
        const KeyColumns columns = key_columns(RelationGetRelid(table));
        if (TRIGGER_FIRED_FOR_ROW(event)) {
            // Where the statement has a trigger of its own, that one does it.
            if (own_changes.statements > 0) return PointerGetDatum(nullptr);
            add_row(changes, trigger->tg_trigtuple, RelationGetDescr(table), columns);
            if (TRIGGER_FIRED_BY_UPDATE(event))
                add_row(changes, trigger->tg_newtuple, RelationGetDescr(table), columns);
        } else {
            add_rows(changes, trigger->tg_oldtable, RelationGetDescr(table), columns);
            add_rows(changes, trigger->tg_newtable, RelationGetDescr(table), columns);
        }
        mark(changes.result());
    }
    if (!TRIGGER_FIRED_FOR_ROW(event)) own_changes.statements = std::max(0, own_changes.statements - 1);
    return PointerGetDatum(nullptr);
}
