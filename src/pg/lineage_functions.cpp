// SQL functions of descent: relatives, likeness, changes in words, drawn graphs.
#include <algorithm>
#include <cstring>

#include "core/engine/backtest.hpp"
#include "core/engine/options_json.hpp"
#include "core/lineage/alike.hpp"
#include "core/lineage/ancestry.hpp"
#include "core/lineage/changes_in_words.hpp"
#include "core/lineage/graph.hpp"
#include "core/lineage/relatives.hpp"
#include "core/ruleset/language.hpp"
#include "pg/boundary.hpp"
#include "pg/market.hpp"
#include "pg/query.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

extern "C" {
#include "utils/uuid.h"
}

using namespace evolve;
using namespace evolve::pg;

namespace {

Ruleset canonical_argument(FunctionCallInfo fcinfo, int index) {
    return canonical(parse_ruleset(jsonb_arg(fcinfo, index), ruleset_limits()));
}

static_assert(sizeof(StrategyId) == UUID_LEN);

Datum uuid_array(std::span<const StrategyId> ids) {
    std::vector<Datum> elements;
    elements.reserve(ids.size());
    for (const StrategyId& id : ids) elements.push_back(PointerGetDatum(id.data()));
    return call([&] {
        return PointerGetDatum(construct_array(elements.data(), static_cast<int>(elements.size()), UUIDOID, UUID_LEN,
                                               false, TYPALIGN_CHAR));
    });
}

// What `sql` gives for the ids in $1, a column of uuids without NULL.
std::vector<StrategyId> neighbours(SPIPlanPtr plan, std::span<const StrategyId> ids) {
    Datum argument[1] = {uuid_array(ids)};
    const int result = call([&] { return SPI_execute_plan(plan, argument, nullptr, true, 0); });
    if (result < 0) throw Error(ErrorCode::internal, std::string("SPI failed: ") + SPI_result_code_string(result));
    SPITupleTable* const table = SPI_tuptable;
    std::vector<StrategyId> found(table->numvals);
    for (std::size_t i = 0; i < found.size(); ++i) {
        const void* const bytes = call([&] {
            bool null = false;
            return static_cast<const void*>(
                DatumGetUUIDP(SPI_getbinval(table->vals[i], table->tupdesc, 1, &null))->data);
        });
        std::memcpy(found[i].data(), bytes, sizeof(StrategyId));
    }
    call([&] {
        SPI_freetuptable(table);
        pfree(DatumGetPointer(argument[0]));
    });
    return found;
}

// A search that meets many is finished in memory: reading all edges at once costs a tenth a piece of asking for them
// level by level. So that a search among few in a large table stays cheap, it begins with one that has met a part of
// what the table may hold.
constexpr std::size_t large_search = 4096;
constexpr std::size_t edges_a_page = 48;  // of 8 kB, without what mutations write beside
constexpr std::size_t part_met = 64;
constexpr std::size_t most_family_memory = std::size_t{512} << 20;

std::size_t edges_at_most(const evolve::pg::Query& connection) {
    std::int64_t bytes = 0;
    connection.each_row("SELECT pg_catalog.pg_relation_size('evolve.strategy_lineage'::pg_catalog.regclass)", {},
                        [&](const Row& row) { bytes = row.int8(1); });
    return static_cast<std::size_t>(bytes) / BLCKSZ * edges_a_page;
}

// Whether a search that has met so many is better finished in memory.
class Patience {
public:
    explicit Patience(const evolve::pg::Query& connection) : connection_(connection) {}
    bool ends(std::size_t met) {
        if (met < large_search) return false;
        if (edges_ == 0) edges_ = std::max<std::size_t>(edges_at_most(connection_), 1);
        return met >= edges_ / part_met && Ancestry::memory_for(edges_) <= most_family_memory;
    }

private:
    const evolve::pg::Query& connection_;
    std::size_t edges_ = 0;
};

std::vector<Relative> relatives_in_memory(const evolve::pg::Query& connection, const StrategyId& start, Kin direction,
                                          std::int32_t max_distance) {
    Ancestry family(session_control());
    connection.read_id_pairs(
        "SELECT edge.parent_strategy_id, edge.child_strategy_id FROM evolve.strategy_lineage AS edge",
        [&](const Uuid& parent, const Uuid& child) { family.add_edge(parent, child); });
    return family.relatives(start, direction, max_distance);
}

constexpr const char* parents_sql =
    "SELECT edge.parent_strategy_id FROM evolve.strategy_lineage AS edge WHERE edge.child_strategy_id = ANY ($1)";
constexpr const char* children_sql =
    "SELECT edge.child_strategy_id FROM evolve.strategy_lineage AS edge WHERE edge.parent_strategy_id = ANY ($1)";

// Arguments: the strategy, the largest distance or NULL.
Datum write_relatives(FunctionCallInfo fcinfo, Kin direction) {
    require_arg(fcinfo, 0);
    const std::int32_t max_distance = PG_ARGISNULL(1) ? -1 : PG_GETARG_INT32(1);
    if (!PG_ARGISNULL(1) && max_distance < 0)
        throw Error(ErrorCode::invalid_option, "max_distance must not be negative");
    StrategyId start;
    std::memcpy(start.data(), PG_GETARG_UUID_P(0)->data, sizeof start);
    RowWriter rows(fcinfo);
    const evolve::pg::Query connection;
    connection.require_schema();
    Oid types[1] = {UUIDARRAYOID};
    const char* const sql = direction == Kin::ancestors ? parents_sql : children_sql;
    SPIPlanPtr const plan = call([&] { return SPI_prepare(sql, 1, types); });
    const auto ask = [&](std::span<const StrategyId> ids) { return neighbours(plan, ids); };
    const Control control = session_control();
    Patience patience(connection);
    auto found = near_relatives(
        start, max_distance, ask, [&](std::size_t met) { return !patience.ends(met); }, control);
    if (!found) found = relatives_in_memory(connection, start, direction, max_distance);
    for (std::size_t i = 0; i < found->size(); ++i) {
        if (i % bars_per_poll == 0) control.check();
        Datum values[2] = {PointerGetDatum((*found)[i].id.data()), Int32GetDatum((*found)[i].distance)};
        bool nulls[2] = {false, false};
        rows.write(values, nulls);
    }
    return Datum{0};
}

}  // namespace

EVOLVE_FUNCTION(evolve_ancestors) { return write_relatives(fcinfo, Kin::ancestors); }

EVOLVE_FUNCTION(evolve_descendants) { return write_relatives(fcinfo, Kin::descendants); }

EVOLVE_FUNCTION(evolve_changes) {
    const Ruleset before = canonical_argument(fcinfo, 0), after = canonical_argument(fcinfo, 1);
    RowWriter rows(fcinfo);
    std::int32_t number = 0;
    for (const std::string& sentence : changes_in_words(before, after)) {
        Datum values[2] = {Int32GetDatum(++number), text_datum(sentence)};
        bool nulls[2] = {false, false};
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_similarity) {
    const Ruleset left = canonical_argument(fcinfo, 0), right = canonical_argument(fcinfo, 1);
    Likeness alike = likeness(left, right);
    const MarketArguments arguments = market_arguments(fcinfo, 2);
    if (arguments.symbol) {
        const Bars bars = load_bars(resolve_market(arguments, &left), arguments.from, arguments.to);
        const Control control = session_control();
        const BacktestOptions options;
        alike.signals = signal_likeness(backtest(left, bars.view(), options, control).position,
                                        backtest(right, bars.view(), options, control).position);
    }
    RowWriter rows(fcinfo);
    const SqlValue columns[4] = {float_or_null(alike.overall), float_or_null(alike.structure),
                                 float_or_null(alike.parameters), float_or_null(alike.signals)};
    Datum values[4];
    bool nulls[4];
    for (int i = 0; i < 4; ++i) {
        values[i] = columns[i].value;
        nulls[i] = columns[i].is_null;
    }
    rows.write(values, nulls);
    return Datum{0};
}

EVOLVE_FUNCTION(_evolve_draw_lineage) {
    const GraphFormat format = graph_format(text_arg(fcinfo, 1));
    return text_datum(render(read_lineage_graph(jsonb_arg(fcinfo, 0)), format));
}
