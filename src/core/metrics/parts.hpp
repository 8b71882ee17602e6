// What the two ways to metrics share: from every bar's equity (metrics.cpp), and from journals (measure.cpp).
#pragma once

#include <span>

#include "core/metrics/metrics.hpp"
#include "core/metrics/statistics.hpp"

namespace evolve {

// Groups of metrics that are made together.
struct MetricGroups {
    MetricSet shape;           // from the moments of the returns
    MetricSet downside;        // sortino_ratio
    MetricSet threshold;       // omega_ratio
    MetricSet tails;           // from sorted returns
    MetricSet drawdown;        // max_drawdown, calmar_ratio
    MetricSet drawdown_money;  // recovery_factor
    MetricSet drawdown_path;   // what needs the drawdown of every bar
    MetricSet turnover;
    MetricSet sqn;
    MetricSet p_value;
    MetricSet higher_moments;  // skewness, kurtosis
    MetricSet benchmark;
};
const MetricGroups& metric_groups();

// Bars [first, last) of a backtest as far as its trades are concerned.
struct TradeWindow {
    std::size_t first, last;
    double average_equity, years;
    bool holds(std::size_t bar) const { return bar >= first && bar < last; }
};
void measure_trades(std::span<const Trade> trades, const TradeWindow& window, const BacktestOptions& options,
                    MetricSet wanted, Metrics& m);
void measure_shape(const Moments& shape, const BacktestOptions& options, MetricSet wanted, Metrics& m);
// Makes infinite numbers undefined, and those that nobody asked for.
void finish(MetricSet wanted, Metrics& m);
void keep_only(MetricSet wanted, Metrics& metrics);

}  // namespace evolve
