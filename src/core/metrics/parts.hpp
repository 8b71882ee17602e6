// What the two ways to metrics share: from every bar's equity (metrics.cpp), and from journals (lookup.cpp).
#pragma once

#include <span>
#include <vector>

#include "core/engine/follower.hpp"
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

// What metrics need of trades, which come in order, some at a time.
class TradeTotals {
public:
    // Those of bars [first, last).
    TradeTotals(std::size_t first, std::size_t last, const BacktestOptions& options)
        : first_(first), last_(last), options_(options) {}

    void add(std::span<const Trade> trades);
    // A closed trade of these bars, by its figures.
    void add(const RoundTrip& trip) {
        fees_ += trip.entry_fee;
        fees_ += trip.fees - trip.entry_fee;
        traded_ += trip.entry_value;
        traded_ += trip.exit_value;
        profits_.push_back(trip.pnl);
    }
    // Once, when all are in; average_equity and years are those of the bars.
    void measure(double average_equity, double years, MetricSet wanted, Metrics& m);
    std::size_t bytes() const { return profits_.size() * sizeof(double); }

private:
    bool holds(std::size_t bar) const { return bar >= first_ && bar < last_; }

    std::size_t first_, last_;
    const BacktestOptions& options_;
    double fees_ = 0, traded_ = 0;
    std::vector<double> profits_;  // of closed trades
};
void measure_shape(const Moments& shape, const BacktestOptions& options, MetricSet wanted, Metrics& m);
// Makes infinite numbers undefined, and those that nobody asked for.
void finish(MetricSet wanted, Metrics& m);
void keep_only(MetricSet wanted, Metrics& metrics);

}  // namespace evolve
