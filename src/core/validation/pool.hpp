// Several backtests of one strategy, on several series, judged as one.
#pragma once

#include <span>
#include <vector>

#include "core/metrics/metrics.hpp"
#include "core/validation/split.hpp"

namespace evolve {

// One strategy on one series.
struct SeriesRun {
    Backtest run;
    BarsView bars;
    Timeframe timeframe = Timeframe::d1;
    BacktestOptions options;  // of the run; its periods_per_year is the series'
};

// Return of each bar on the one before (the first on the initial capital); -1 on the bar that loses all, 0 after it.
std::vector<double> bar_returns(const Backtest& run, double initial_capital);

// Metrics over ranges[i] of runs[i], put one after another: the per-bar returns make one equity curve that begins with
// the initial capital, trades are pooled with the money each made on its own account, years add up, and first_ts and
// last_ts are the earliest and latest bar. For one run this is compute_metrics(). Runs share their options but for
// periods_per_year. Empty ranges are left out.
Metrics pooled_metrics(std::span<const SeriesRun> runs, std::span<const Range> ranges, const Control& control = {});
// Over all bars.
Metrics pooled_metrics(std::span<const SeriesRun> runs, const Control& control = {});

// account_returns() of all runs, one after another.
std::vector<double> pooled_account_returns(std::span<const SeriesRun> runs);

}  // namespace evolve
