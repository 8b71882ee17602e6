// SQL functions of descent: likeness, changes in words, drawn graphs.
#include "core/engine/backtest.hpp"
#include "core/engine/options_json.hpp"
#include "core/lineage/alike.hpp"
#include "core/lineage/changes_in_words.hpp"
#include "core/lineage/graph.hpp"
#include "core/ruleset/language.hpp"
#include "pg/boundary.hpp"
#include "pg/market.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

using namespace evolve;
using namespace evolve::pg;

namespace {

Ruleset canonical_argument(FunctionCallInfo fcinfo, int index) {
    return canonical(parse_ruleset(jsonb_arg(fcinfo, index), ruleset_limits()));
}

}  // namespace

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
