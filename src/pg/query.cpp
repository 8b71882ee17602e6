#include "pg/query.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <numeric>
#include <vector>

#include "core/series/bars_check.hpp"
#include "pg/settings.hpp"
#include "pg/sqlstate.hpp"
#include "pg/values.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "nodes/params.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
}

namespace evolve::pg {
namespace {

ParamListInfo bind(std::initializer_list<SqlParameter> parameters) {
    if (parameters.size() == 0) return nullptr;
    ParamListInfo const list = call([&] { return makeParamList(static_cast<int>(parameters.size())); });
    int index = 0;
    for (const SqlParameter& parameter : parameters) {
        ParamExternData& slot = list->params[index++];
        slot = {.value = 0, .isnull = true, .pflags = PARAM_FLAG_CONST, .ptype = TEXTOID};
        if (const auto* const text = std::get_if<std::string>(&parameter)) {
            slot.value = text_datum(*text);
            slot.isnull = false;
        } else if (const auto* const ts = std::get_if<Timestamp>(&parameter)) {
            slot.ptype = TIMESTAMPTZOID;
            slot.value = timestamp_datum(*ts);
            slot.isnull = false;
        }
    }
    return list;
}

// Receives rows straight from the executor: no copy of the tuples is made.
struct BarReceiver {
    DestReceiver base;  // first: PostgreSQL passes a pointer to it
    Bars* bars;
    bool null_value;
    bool out_of_memory;
    bool interrupted;
};

constexpr int bar_columns = 6;
constexpr std::size_t bars_reserved = 65'536;  // growth from there doubles

// Growing copies what is there. A column at a time, so that a cancelled statement need not wait for all of them.
bool grow(Bars& bars, const Control& control) {
    const std::size_t wanted = 2 * bars.ts.capacity();
    bars.ts.reserve(wanted);
    for (auto* const column : {&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume}) {
        if (control.stop_requested()) return false;
        column->reserve(wanted);
    }
    return true;
}

bool receive_bar(TupleTableSlot* slot, DestReceiver* self) {
    auto* const receiver = reinterpret_cast<BarReceiver*>(self);
    slot_getsomeattrs(slot, bar_columns);
    for (int column = 0; column < bar_columns; ++column) receiver->null_value |= slot->tts_isnull[column];
    if (receiver->null_value) return false;
    try {
        Bars& bars = *receiver->bars;
        if (bars.ts.size() == bars.ts.capacity() && !grow(bars, session_control())) {
            receiver->interrupted = true;
            return false;
        }
        const Datum* const v = slot->tts_values;
        bars.push_back({.ts = DatumGetInt64(v[0]) + epoch_shift,
                        .open = DatumGetFloat8(v[1]),
                        .high = DatumGetFloat8(v[2]),
                        .low = DatumGetFloat8(v[3]),
                        .close = DatumGetFloat8(v[4]),
                        .volume = DatumGetFloat8(v[5])});
    } catch (...) {
        receiver->out_of_memory = true;
        return false;
    }
    return true;
}

struct PairReceiver {
    DestReceiver base;  // first: PostgreSQL passes a pointer to it
    const std::function<void(const Uuid&, const Uuid&)>* visit;
    std::exception_ptr* failure;
};

bool receive_pair(TupleTableSlot* slot, DestReceiver* self) {
    auto* const receiver = reinterpret_cast<PairReceiver*>(self);
    slot_getsomeattrs(slot, 2);
    try {
        if (slot->tts_isnull[0] || slot->tts_isnull[1]) throw Error(ErrorCode::no_data, "an id must not be NULL");
        Uuid pair[2];
        for (int i = 0; i < 2; ++i) std::memcpy(pair[i].data(), DatumGetPointer(slot->tts_values[i]), sizeof(Uuid));
        (*receiver->visit)(pair[0], pair[1]);
    } catch (...) {
        *receiver->failure = std::current_exception();
        return false;
    }
    return true;
}

void start_or_stop(DestReceiver* /*self*/, int /*operation*/, TupleDesc /*type*/) {}
void nothing(DestReceiver* /*self*/) {}

std::string timestamp_text(Timestamp ts) {
    const char* const printed =
        call([&] { return DatumGetCString(DirectFunctionCall1(timestamptz_out, timestamp_datum(ts))); });
    return printed;
}

// Rows mostly lie in the order they came in: reading them as they lie and sorting when that is needed costs less than
// an ordered scan of an index. A scan that joins another one begins in the middle: then the end belongs to the front.
void sort_bars(Bars& bars, const Control& control) {
    const auto& ts = bars.ts;
    const auto descent = std::is_sorted_until(ts.begin(), ts.end());
    if (descent == ts.end()) return;
    const auto each_column = [&](const auto& work) {
        work(bars.ts);
        for (auto* const column : {&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume}) {
            control.check();
            work(*column);
        }
    };
    if (ts.back() < ts.front() && std::is_sorted(descent, ts.end())) {
        const auto turn = descent - ts.begin();
        each_column([&](auto& column) { std::rotate(column.begin(), column.begin() + turn, column.end()); });
        return;
    }
    std::vector<std::size_t> order(bars.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::size_t compared = 0;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (++compared % (std::size_t{16} * bars_per_poll) == 0) control.check();
        return ts[a] < ts[b];
    });
    each_column([&](auto& column) {
        std::remove_reference_t<decltype(column)> sorted;
        sorted.reserve(column.size());
        for (const std::size_t i : order) sorted.push_back(column[i]);
        column = std::move(sorted);
    });
}

// Relations that users map are not behind our CHECKs; a bar that slips through would poison every indicator after it.
void check_bars(const Bars& bars, const std::string& series_name) {
    int sound = 1;  // without branches first: all but never is there anything to name
    for (std::size_t i = 0; i < bars.size(); ++i) {
        if (i % (std::size_t{16} * bars_per_poll) == 0) session_control().check();
        const double high = bars.high[i], low = bars.low[i];
        for (const bool holds :
             {low > 0, high <= highest_price, high >= low, bars.open[i] >= low, bars.open[i] <= high,
              bars.close[i] >= low, bars.close[i] <= high, bars.volume[i] >= 0, bars.volume[i] <= highest_volume,
              bars.ts[i] >= first_bar_time, bars.ts[i] < end_bar_time})
            sound &= int{holds};
    }
    for (std::size_t i = 1; i < bars.size(); ++i) sound &= int{bars.ts[i - 1] < bars.ts[i]};
    if (sound != 0) return;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        std::string fault =
            describe_bar_fault({bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]});
        if (fault.empty() && i > 0 && bars.ts[i] <= bars.ts[i - 1]) fault = "duplicate timestamp";
        if (!fault.empty())
            throw Error(ErrorCode::invalid_bars, "bad bar in series " + series_name + ": " + fault,
                        "timestamp " + timestamp_text(bars.ts[i]), "Correct or delete the bar; nothing was computed.");
    }
}

}  // namespace

bool Row::is_null(int column) const {
    bool null = false;
    (void)get(column, null);
    return null;
}

Datum Row::get(int column, bool& null) const {
    return call([&] { return SPI_getbinval(tuple_, descriptor_, column, &null); });
}

std::string Row::text(int column) const {
    bool null = false;
    const Datum value = get(column, null);
    return null ? std::string() : text_value(value);
}

std::int64_t Row::int8(int column) const {
    bool null = false;
    const Datum value = get(column, null);
    return null ? 0 : DatumGetInt64(value);
}

bool Row::boolean(int column) const {
    bool null = false;
    const Datum value = get(column, null);
    return !null && DatumGetBool(value);
}

std::string schema_of(Oid function) {
    return call([&] { return quote_identifier(get_namespace_name(get_func_namespace(function))); });
}

Query::Query(Access access) : read_only_(access == Access::read), uncaught_(std::uncaught_exceptions()) {
    const int options = access == Access::procedure ? SPI_OPT_NONATOMIC : 0;
    call([&] { SPI_connect_ext(options); });
}

Query::~Query() {
    if (std::uncaught_exceptions() == uncaught_) SPI_finish();
}

void Query::execute(const char* sql, std::initializer_list<SqlParameter> parameters, DestReceiver* receiver) const {
    SPIExecuteOptions options;
    std::memset(&options, 0, sizeof options);
    options.params = bind(parameters);
    options.read_only = read_only_;
    options.dest = receiver;
    const int result = call([&] { return SPI_execute_extended(sql, &options); });
    if (result < 0) throw Error(ErrorCode::internal, std::string("SPI failed: ") + SPI_result_code_string(result));
}

void Query::each_row(const char* sql, std::initializer_list<SqlParameter> parameters,
                     const std::function<void(const Row&)>& visit) const {
    execute(sql, parameters, nullptr);
    SPITupleTable* const table = SPI_tuptable;
    if (table == nullptr) return;
    for (std::uint64_t i = 0; i < table->numvals; ++i) visit(Row(table->vals[i], table->tupdesc));
}

void Query::read_bars(const char* sql, std::initializer_list<SqlParameter> parameters, const std::string& series_name,
                      Bars& bars) const {
    BarReceiver receiver{.base = {.receiveSlot = receive_bar,
                                  .rStartup = start_or_stop,
                                  .rShutdown = nothing,
                                  .rDestroy = nothing,
                                  .mydest = DestNone},
                         .bars = &bars,
                         .null_value = false,
                         .out_of_memory = false,
                         .interrupted = false};
    bars.reserve(bars_reserved);
    execute(sql, parameters, &receiver.base);
    if (receiver.out_of_memory) throw std::bad_alloc();
    if (receiver.interrupted) session_control().check();
    if (receiver.null_value)
        throw Error(ErrorCode::invalid_bars, "NULL in a bar of series " + series_name,
                    bars.empty() ? "the first row" : "the row after timestamp " + timestamp_text(bars.ts.back()),
                    "Every bar needs a timestamp, four prices and a volume.");
    sort_bars(bars, session_control());
    check_bars(bars, series_name);
}

void Query::read_id_pairs(const char* sql, const std::function<void(const Uuid&, const Uuid&)>& visit) const {
    std::exception_ptr failure;
    PairReceiver receiver{.base = {.receiveSlot = receive_pair,
                                   .rStartup = start_or_stop,
                                   .rShutdown = nothing,
                                   .rDestroy = nothing,
                                   .mydest = DestNone},
                          .visit = &visit,
                          .failure = &failure};
    execute(sql, {}, &receiver.base);
    if (failure) std::rethrow_exception(failure);
}

void Query::commit() const {
    call([] { SPI_commit(); });
}

bool Query::schema_is_ready() const {
    return call([] {
        const Oid schema = get_namespace_oid("evolve", true);
        return OidIsValid(schema) && OidIsValid(get_relname_relid("settings", schema));
    });
}

void Query::require_schema() const {
    if (schema_is_ready()) return;
    call([] {
        ereport(ERROR,
                (errcode(MAKE_SQLSTATE('P', 'E', '0', '1', '0')), errmsg("the tables of schema evolve do not exist"),
                 errhint("Run SELECT evolve_migrate(); once in this database.")));
    });
}

}  // namespace evolve::pg
