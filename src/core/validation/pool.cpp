#include "core/validation/pool.hpp"

#include <algorithm>

#include "core/validation/monte_carlo.hpp"

namespace evolve {
namespace {

constexpr std::size_t elsewhere = static_cast<std::size_t>(-1);  // a bar that no range holds

class Chain {
public:
    explicit Chain(double initial_capital) : equity_(initial_capital) {}

    void append(const SeriesRun& series, const Range& range) {
        const std::size_t offset = joined_.equity.size();
        const std::vector<double> returns = bar_returns(series.run, series.options.initial_capital);
        for (std::size_t bar = range.first; bar < range.end(); ++bar) {
            equity_ *= 1 + returns[bar];
            joined_.equity.push_back(equity_);
            joined_.position.push_back(series.run.position[bar]);
            ts_.push_back(series.bars.ts[bar]);
        }
        for (const Trade& trade : series.run.trades) append(trade, range, offset);
        if (range.count > 0) years_ += static_cast<double>(range.count) / series.options.periods_per_year;
    }

    Metrics metrics(BacktestOptions options, const Control& control) const {
        options.benchmark = {};
        if (years_ > 0) options.periods_per_year = static_cast<double>(ts_.size()) / years_;
        const BarsView bars{.ts = ts_, .open = {}, .high = {}, .low = {}, .close = {}, .volume = {}};
        Metrics result = compute_metrics(joined_, bars, options, control);
        if (!ts_.empty()) {
            const auto [first, last] = std::minmax_element(ts_.begin(), ts_.end());
            result.first_ts = *first;
            result.last_ts = *last;
        }
        return result;
    }

private:
    void append(Trade trade, const Range& range, std::size_t offset) {
        const auto moved = [&](std::size_t bar) {
            const bool inside = bar >= range.first && bar < range.end();
            return inside ? bar - range.first + offset : elsewhere;
        };
        trade.entry_bar = moved(trade.entry_bar);
        trade.exit_bar = moved(trade.exit_bar);
        if (trade.entry_bar != elsewhere || trade.exit_bar != elsewhere) joined_.trades.push_back(trade);
    }

    double equity_;
    double years_ = 0;
    Backtest joined_{};
    std::vector<Timestamp> ts_{};
};

}  // namespace

std::vector<double> bar_returns(const Backtest& run, double initial_capital) {
    std::vector<double> returns(run.equity.size(), 0);
    double previous = initial_capital;
    for (std::size_t bar = 0; bar < run.equity.size(); ++bar) {
        if (run.equity[bar] <= 0) {
            returns[bar] = -1;
            break;
        }
        returns[bar] = run.equity[bar] / previous - 1;
        previous = run.equity[bar];
    }
    return returns;
}

Metrics pooled_metrics(std::span<const SeriesRun> runs, std::span<const Range> ranges, const Control& control) {
    std::vector<std::size_t> used;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (ranges[i].count > 0) used.push_back(i);
    }
    if (used.empty()) return {};
    if (used.size() == 1) {
        const SeriesRun& only = runs[used.front()];
        const Range& range = ranges[used.front()];
        return compute_metrics(only.run, only.bars, only.options, range.first, range.count, control);
    }
    Chain chain(runs[used.front()].options.initial_capital);
    for (const std::size_t i : used) {
        control.check();
        chain.append(runs[i], ranges[i]);
    }
    return chain.metrics(runs[used.front()].options, control);
}

Metrics pooled_metrics(std::span<const SeriesRun> runs, const Control& control) {
    std::vector<Range> all;
    for (const SeriesRun& series : runs) all.push_back({.first = 0, .count = series.bars.size()});
    return pooled_metrics(runs, all, control);
}

std::vector<double> pooled_account_returns(std::span<const SeriesRun> runs) {
    std::vector<double> all;
    for (const SeriesRun& series : runs) {
        const std::vector<double> returns = account_returns(series.run.trades, series.options.initial_capital);
        all.insert(all.end(), returns.begin(), returns.end());
    }
    return all;
}

}  // namespace evolve
