// Backtests made by hand for the tests of validation.
#pragma once

#include <string>
#include <vector>

#include "core/validation/pool.hpp"

namespace evolve::test {

// Bars whose closes are given, a day apart; the owner keeps them alive.
struct HandMade {
    Bars bars;
    SeriesRun series;
};

inline Bars bars_of(const std::vector<double>& closes, Timestamp from = 0) {
    Bars bars;
    for (std::size_t i = 0; i < closes.size(); ++i) {
        bars.push_back({.ts = from + static_cast<Timestamp>(i) * microseconds_per_day,
                        .open = closes[i],
                        .high = closes[i],
                        .low = closes[i],
                        .close = closes[i],
                        .volume = 1});
    }
    return bars;
}

// A run with the given equity; every bar holds one unit.
inline SeriesRun run_of(const Bars& bars, const std::vector<double>& equity, double capital = 100) {
    SeriesRun series;
    series.run.position.assign(equity.size(), 1);
    series.run.equity.assign(equity.begin(), equity.end());
    series.bars = bars.view();
    series.options.initial_capital = capital;
    series.options.fee_rate = 0;
    return series;
}

inline Trade closed_trade(std::size_t entry, std::size_t exit, double pnl) {
    Trade trade;
    trade.entry_bar = entry;
    trade.exit_bar = exit;
    trade.exit_reason = ExitReason::signal;
    trade.entry_price = trade.exit_price = 10;
    trade.size = 1;
    trade.pnl = pnl;
    return trade;
}

}  // namespace evolve::test
