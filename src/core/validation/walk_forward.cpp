#include "core/validation/walk_forward.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"
#include "core/metrics/statistics.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

constexpr std::size_t most_windows_listed = 100;

struct PartResult {
    double total_return = 0, sharpe = undefined, log_growth = 0, years = 0;
};

PartResult part_result(const SeriesRun& series, std::span<const double> returns, const Range& range) {
    // The very first bar of a series has no return: money is at work from its close on.
    const std::size_t first = std::max<std::size_t>(range.first, 1);
    if (first >= range.end()) return {};
    const auto part = returns.subspan(first, range.end() - first);
    PartResult result;
    double growth = 1;
    for (const double value : part) growth *= 1 + value;
    const double per_year = series.options.periods_per_year;
    result.total_return = growth - 1;
    result.sharpe = sharpe_ratio(part, per_period_rate(series.options.risk_free, per_year), per_year);
    result.log_growth = std::log(growth);  // -inf after ruin
    result.years = static_cast<double>(part.size()) / per_year;
    return result;
}

std::int64_t trades_closed(const SeriesRun& series, const Range& range) {
    return std::count_if(series.run.trades.begin(), series.run.trades.end(), [&](const Trade& trade) {
        return !trade.is_open() && trade.exit_bar >= range.first && trade.exit_bar < range.end();
    });
}

bool held_anything(const SeriesRun& series, const Range& range) {
    const auto held = std::span(series.run.position).subspan(range.first, range.count);
    return std::any_of(held.begin(), held.end(), [](double units) { return units != 0; });
}

struct Totals {
    double in_growth = 0, in_years = 0, out_growth = 0, out_years = 0, test_returns = 0;

    double efficiency() const {
        if (in_years <= 0 || out_years <= 0) return undefined;
        const double in = in_growth / in_years, out = out_growth / out_years;
        return in > 0 && std::isfinite(in) && std::isfinite(out) ? out / in : undefined;
    }
};

void add_series(const SeriesRun& series, std::size_t index, const WalkForwardPlan& plan, WalkForward& result,
                Totals& totals) {
    const std::vector<double> returns = bar_returns(series.run, series.options.initial_capital);
    for (const Split& split : walk_forward_windows(series.bars.ts, series.timeframe, plan)) {
        const PartResult train = part_result(series, returns, split.train);
        const PartResult test = part_result(series, returns, split.test);
        const std::int64_t closed = trades_closed(series, split.test);
        const bool traded = closed > 0 || held_anything(series, split.test);
        result.windows.push_back({.run = index,
                                  .train_from = series.bars.ts[split.train.first],
                                  .test_from = series.bars.ts[split.test.first],
                                  .test_to = series.bars.ts[split.test.end() - 1],
                                  .train_return = train.total_return,
                                  .test_return = test.total_return,
                                  .train_sharpe = train.sharpe,
                                  .test_sharpe = test.sharpe,
                                  .test_trades = closed,
                                  .traded = traded});
        totals.in_growth += train.log_growth;
        totals.in_years += train.years;
        totals.out_growth += test.log_growth;
        totals.out_years += test.years;
        if (!traded) continue;
        ++result.traded;
        if (test.total_return > 0) ++result.profitable;
        totals.test_returns += test.total_return;
    }
}

}  // namespace

WalkForward walk_forward(std::span<const SeriesRun> runs, const WalkForwardPlan& plan, const Control& control) {
    WalkForward result;
    Totals totals;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        control.check();
        add_series(runs[i], i, plan, result, totals);
    }
    if (result.traded > 0) {
        const double traded = static_cast<double>(result.traded);
        result.consistency = static_cast<double>(result.profitable) / traded;
        result.mean_test_return = totals.test_returns / traded;
    }
    result.efficiency = totals.efficiency();
    return result;
}

nlohmann::json to_json(const WalkForward& result, std::span<const std::string> names) {
    nlohmann::json object{{"count", result.windows.size()},
                          {"traded", result.traded},
                          {"profitable", result.profitable},
                          {"consistency", json_number(result.consistency)},
                          {"efficiency", json_number(result.efficiency)},
                          {"mean_test_return", json_number(result.mean_test_return)}};
    if (result.windows.size() > most_windows_listed) return object;
    nlohmann::json& windows = object["windows"] = nlohmann::json::array();
    for (const WalkForwardWindow& window : result.windows) {
        windows.push_back({{"symbol", names[window.run]},
                           {"train_from", format_timestamp(window.train_from)},
                           {"test_from", format_timestamp(window.test_from)},
                           {"test_to", format_timestamp(window.test_to)},
                           {"train_return", json_number(window.train_return)},
                           {"test_return", json_number(window.test_return)},
                           {"train_sharpe", json_number(window.train_sharpe)},
                           {"test_sharpe", json_number(window.test_sharpe)},
                           {"test_trades", window.test_trades}});
    }
    return object;
}

}  // namespace evolve
