// Which series a call means, and its bars.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/lifecycle/series.hpp"
#include "core/ruleset/ruleset.hpp"
#include "core/series/bars.hpp"
#include "core/series/timeframe.hpp"
#include "pg/boundary.hpp"
#include "pg/query.hpp"

namespace evolve::pg {

// Throws invalid_option with the list of timeframes.
Timeframe timeframe_argument(const std::string& text);

// The `market` arguments of an SQL function: symbol, timeframe, "from", "to", exchange, in this order from `first`.
struct MarketArguments {
    std::optional<std::string> symbol, timeframe;
    std::optional<Timestamp> from, to;  // half-open
    std::string exchange;
};
inline constexpr int market_argument_count = 5;
MarketArguments market_arguments(FunctionCallInfo fcinfo, int first);

// Fills what was left out: the symbol and timeframe of the ruleset (when there is one), else the only ones stored.
// Throws no_data, invalid_option, or asks for evolve_migrate().
Market resolve_market(const MarketArguments& arguments, const Ruleset* ruleset);

// Bars for as long as a call needs them. Their memory serves the session's next series then (up to 64 MB of it): to
// touch new memory for the first time costs as much as to fill it.
class SeriesBars : public Bars {
public:
    SeriesBars();
    explicit SeriesBars(Bars&& bars) : Bars(std::move(bars)) {}
    SeriesBars(SeriesBars&&) = default;
    SeriesBars& operator=(SeriesBars&&) = default;
    SeriesBars(const SeriesBars&) = delete;
    SeriesBars& operator=(const SeriesBars&) = delete;
    ~SeriesBars();
};

// Bars of the market in [from, to), resampled from the finest stored timeframe that divides it when it is not stored
// itself. Throws no_data when the series does not exist at all; an empty span gives no bars.
SeriesBars load_bars(const Market& market, std::optional<Timestamp> from, std::optional<Timestamp> to);

// The series of evolve.market_bars that the market is, or is made of; nullopt when it is mapped or there is none.
std::optional<Market> stored_series(const Query& query, const Market& market);

// The series as messages name it.
std::string series_name(const Market& market);

}  // namespace evolve::pg
