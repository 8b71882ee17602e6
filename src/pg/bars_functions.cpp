// SQL functions that read bars from text and look them over.
#include <string>

#include "core/series/import.hpp"
#include "core/series/series_check.hpp"
#include "core/series/timeframe.hpp"
#include "pg/boundary.hpp"
#include "pg/market.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

using namespace evolve;
using namespace evolve::pg;

EVOLVE_FUNCTION(_evolve_timeframe) { return text_datum(to_string(timeframe_argument(text_arg(fcinfo, 0)))); }

EVOLVE_FUNCTION(_evolve_timeframe_divides) {
    return BoolGetDatum(divides(timeframe_argument(text_arg(fcinfo, 0)), timeframe_argument(text_arg(fcinfo, 1))));
}

// One row of kind "bar" for each clean bar, then the findings.
EVOLVE_FUNCTION(_evolve_read_bars) {
    const ImportOptions options = parse_import_options(jsonb_arg(fcinfo, 2));
    const ImportResult result =
        import_bars(text_arg(fcinfo, 0), timeframe_argument(text_arg(fcinfo, 1)), options, session_control());
    RowWriter rows(fcinfo);
    const Bars& bars = result.bars;
    constexpr int columns = 10;
    {
        Datum values[columns] = {text_datum("bar")};
        bool nulls[columns] = {false, true, true, true};
        for (std::size_t i = 0; i < bars.size(); ++i) {
            values[4] = timestamp_datum(bars.ts[i]);
            values[5] = Float8GetDatum(bars.open[i]);
            values[6] = Float8GetDatum(bars.high[i]);
            values[7] = Float8GetDatum(bars.low[i]);
            values[8] = Float8GetDatum(bars.close[i]);
            values[9] = Float8GetDatum(bars.volume[i]);
            rows.write(values, nulls);
        }
    }
    for (const Finding& finding : result.report) {
        Datum values[columns] = {text_datum(to_string(finding.kind)),
                                 Int32GetDatum(static_cast<std::int32_t>(finding.line)), text_datum(finding.detail),
                                 Int64GetDatum(static_cast<std::int64_t>(finding.rows))};
        bool nulls[columns] = {false, finding.line == 0, false, false, true, true, true, true, true, true};
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_check_bars) {
    const MarketArguments arguments = market_arguments(fcinfo, 0);
    const Market market = resolve_market(arguments, nullptr);
    require_arg(fcinfo, market_argument_count);
    const std::int32_t details = PG_GETARG_INT32(market_argument_count);
    if (details < 0 || details > 1'000'000)
        throw Error(ErrorCode::invalid_option, "max_details must be from 0 to 1000000");
    const Bars bars = load_bars(market, arguments.from, arguments.to);
    RowWriter rows(fcinfo);
    for (const Finding& finding :
         series_report(bars.view(), market.timeframe, static_cast<std::size_t>(details), session_control())) {
        Datum values[4] = {text_datum(to_string(finding.kind)), Int64GetDatum(static_cast<std::int64_t>(finding.line)),
                           text_datum(finding.detail), Int64GetDatum(static_cast<std::int64_t>(finding.rows))};
        bool nulls[4] = {false, finding.line == 0, false, false};
        rows.write(values, nulls);
    }
    return Datum{0};
}

// Loads a series into columns as every function of the engine does, and counts it.
EVOLVE_FUNCTION(_evolve_load_bars) {
    const MarketArguments arguments = market_arguments(fcinfo, 0);
    const SeriesBars bars = load_bars(resolve_market(arguments, nullptr), arguments.from, arguments.to);
    return Int64GetDatum(static_cast<std::int64_t>(bars.size()));
}
