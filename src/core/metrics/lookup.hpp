// Metrics of one ruleset, looked up while its journal grows.
#pragma once

#include <optional>
#include <span>

#include "core/engine/simulate.hpp"
#include "core/metrics/metrics.hpp"
#include "core/metrics/parts.hpp"
#include "core/metrics/series_index.hpp"

namespace evolve {

// Goes from holding to holding, as the journal grows; what it has read is not needed again.
class Lookup {
public:
    // Of two bars or more; the index must be usable() and hold what is wanted, and can_look_up() what is wanted. All
    // but `wanted` must outlive it.
    Lookup(const SeriesIndex& index, const BarsView& bars, const BacktestOptions& options, MetricSet wanted,
           const Control& control)
        : index_(index),
          bars_(bars),
          options_(options),
          wanted_(wanted),
          control_(control),
          risk_free_(per_period_rate(options.risk_free, options.periods_per_year)),
          needs_descent_(wants(metric_groups().drawdown | metric_groups().drawdown_money)),
          width_(index.held().size()),
          only_first_(index.holds_common_terms()),
          averages_(wants(metric_groups().turnover)),
          descent_(index, options.initial_capital),
          trades_(0, bars.size(), options),
          previous_(options.initial_capital) {}

    // Goes on with what is new.
    void look(std::span<const Holding> holdings, std::span<const Trade> trades);
    // What all holdings of bars [first, last) have in common, whosever they are: the common sums over all of their
    // returns but the first, and bounds of the closes.
    struct Stretch {
        std::size_t first, last;
        double first_close, last_close;
        Terms terms;
        SeriesIndex::Bounds bounds;
    };
    Stretch stretch(std::size_t first, std::size_t last) const;
    // Goes on with a round trip over that stretch: with its two holdings and its trade.
    void pass(const Round& round, const RoundTrip& trip, const Stretch& over);
    // Once, when all has been looked at. Nothing when that would not be exact: with returns whose spread is all but
    // rounding, or recovery_factor after ruin.
    std::optional<Metrics> finish();
    // What it keeps of what it has looked at.
    std::size_t bytes() const { return descent_.bytes() + trades_.bytes(); }

private:
    bool wants(MetricSet metrics) const { return (wanted_ & metrics) != 0; }
    double equity(const Holding& holding, std::size_t bar) const {
        return holding.units == 0 ? holding.cash : holding.cash + holding.units * bars_.close[bar];
    }
    // The sum of a term; 0 when it is not held.
    double total(Term term) const {
        for (std::size_t k = 0; k < width_; ++k)
            if (index_.held()[k] == static_cast<std::size_t>(term)) return sums_[k];
        return 0;
    }
    void add_return(double r, double* into) const {
        if (only_first_) {
            const double below = below_zero(r - risk_free_);
            into[0] += r;
            into[1] += r * r;
            into[2] += below * below;
            return;
        }
        const Terms terms = terms_of(r, risk_free_);
        for (std::size_t k = 0; k < width_; ++k) into[k] += terms[index_.held()[k]];
    }
    void pass(const Holding& holding);
    void walk(const Holding& holding, std::size_t first);
    void ruin(std::size_t bar);
    void average(const Holding& holding);
    bool measure_returns(Metrics& m) const;

    const SeriesIndex& index_;
    const BarsView& bars_;
    const BacktestOptions& options_;
    const MetricSet wanted_;
    const Control& control_;
    const double risk_free_;
    const bool needs_descent_;
    const std::size_t width_;  // terms that are summed
    const bool only_first_;    // the common case: sum, square and downside
    const bool averages_;      // whether average() is wanted; then the close is a term too
    Terms sums_{};             // in the order of index_.held()
    Descent descent_;
    TradeTotals trades_;
    Holding latest_;         // the holding
    double previous_;        // equity of the bar before
    double equity_sum_ = 0;  // over all bars
    std::size_t flat_ = 0;   // returns that are exactly 0
    std::size_t in_market_ = 0;
    bool ruined_ = false;
};

}  // namespace evolve
