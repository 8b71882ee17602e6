// What an expert would write by hand for one strategy: everything in one loop, no columns, only what is asked for.
#pragma once

#include <cstddef>

#include "core/engine/backtest.hpp"

namespace evolve::bench {

// The basic metrics, by the definitions of docs/metrics.md.
struct Outcome {
    double final_equity = 0, total_return = 0, volatility = 0, sharpe_ratio = 0, sortino_ratio = 0, max_drawdown = 0;
    double exposure = 0, win_rate = 0, profit_factor = 0, expectancy = 0, fees_paid = 0;
    double total_trades = 0;
};

// Long while the fast average is above the slow one.
Outcome hand_crossover(const BarsView& bars, std::size_t fast, std::size_t slow, const BacktestOptions& options);

struct OscillatorRule {
    std::size_t rsi_period = 14, band_period = 20, atr_period = 14;
    double rsi_below = 30, deviations = 2, stop = 2, target = 3;
};
// Bought when the RSI is low, sold above the upper band, at the stop or at the target, both a number of ATRs away.
Outcome hand_oscillator(const BarsView& bars, const OscillatorRule& rule, const BacktestOptions& options);

}  // namespace evolve::bench
