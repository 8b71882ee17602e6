// Performance metrics of a backtest. Every definition, with its edge cases and source: docs/metrics.md.
// NaN means undefined (SQL NULL); no metric is ever infinite.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "core/engine/backtest.hpp"

namespace evolve {

inline constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

struct Metrics {
    Timestamp first_ts = 0, last_ts = 0;  // meaningful when bars > 0
    std::int64_t bars = 0;
    double final_equity = undefined, total_return = undefined, cagr = undefined, volatility = undefined;
    double sharpe_ratio = undefined, sortino_ratio = undefined, calmar_ratio = undefined, omega_ratio = undefined;
    double max_drawdown = undefined;  // negative fraction
    std::int64_t max_drawdown_bars = 0;
    double ulcer_index = undefined;
    std::int64_t total_trades = 0, winning_trades = 0, losing_trades = 0;  // closed
    double win_rate = undefined, profit_factor = undefined, expectancy = undefined;
    double avg_win = undefined, avg_loss = undefined, payoff_ratio = undefined, sqn = undefined,
           kelly_fraction = undefined;
    double var_95 = undefined, cvar_95 = undefined;  // positive losses
    double tail_ratio = undefined, skewness = undefined, kurtosis = undefined, t_stat = undefined, p_value = undefined;
    double recovery_factor = undefined, exposure = undefined, turnover = undefined, fees_paid = undefined;
    double alpha = undefined, beta = undefined, information_ratio = undefined;
};

// The columns in their documented order: exactly one of the member pointers is set. unit "timestamp": `count` is a
// Timestamp.
struct MetricField {
    std::string_view name;
    std::string_view unit;  // "fraction", "ratio", "count", "bars", "money", "timestamp", "1/year", "probability"
    double Metrics::*number = nullptr;
    std::int64_t Metrics::*count = nullptr;
};
std::span<const MetricField> metric_fields();

// Some of the metrics: bit i is metric_fields()[i]. The bars and their first and last ts are always there.
using MetricSet = std::uint64_t;
inline constexpr MetricSet every_metric = ~MetricSet{0};
// Throws Error(unknown_name) for a name that is no metric's.
MetricSet metric_set(std::span<const std::string_view> names);
// What is asked of most populations: growth, risk, Sharpe and Sortino ratios, largest drawdown, exposure, trades.
MetricSet basic_metrics();

// Metrics of bars [first, first + count) of a backtest: the equity before `first` is the base, trades count where they
// CLOSE inside. The whole backtest: first 0, count bars.size(). Throws Error(interrupted).
Metrics compute_metrics(const Backtest& backtest, BarsView bars, const BacktestOptions& options, std::size_t first,
                        std::size_t count, const Control& control = {});
inline Metrics compute_metrics(const Backtest& backtest, BarsView bars, const BacktestOptions& options,
                               const Control& control = {}) {
    return compute_metrics(backtest, bars, options, 0, bars.size(), control);
}
// Only those that are wanted; the others are undefined, counts 0.
Metrics compute_metrics(const Backtest& backtest, BarsView bars, const BacktestOptions& options, std::size_t first,
                        std::size_t count, MetricSet wanted, const Control& control);

// Undefined metrics are JSON null; timestamps ISO 8601 UTC text.
nlohmann::json to_json(const Metrics& metrics);

}  // namespace evolve
