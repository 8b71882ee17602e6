// How much of a result is the luck of the order and choice of its trades.
#pragma once

#include <cstddef>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/base/random.hpp"
#include "core/engine/backtest.hpp"

namespace evolve {

// What each closed trade did to the account: pnl over the money in the account when it was opened, in order of entry,
// not below -1 (ruin: later trades have no account left and are not listed). For one position at a time the product of
// (1 + r) is the growth that closed trades made.
std::vector<double> account_returns(std::span<const Trade> trades, double initial_capital);

struct MonteCarlo {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    std::size_t trades = 0, resamples = 0;
    // Bootstrap: as many trades as there are, drawn with replacement.
    double mean_return = unknown, std_return = unknown;  // of total returns, fractions; sample deviation (n - 1)
    double p05_return = unknown, p95_return = unknown;   // percentiles, linear interpolation
    double loss_probability = unknown;                   // share of total returns below 0
    double mean_max_drawdown = unknown;                  // negative fraction, at trade closes, start included
    double p05_max_drawdown = unknown;                   // 5 % of the resamples fall deeper
    // Permutation: the same trades in another order. The total return stays; only the drawdown varies.
    double observed_max_drawdown = unknown;
    double permuted_mean_max_drawdown = unknown, permuted_p05_max_drawdown = unknown;
    double permuted_share_as_deep = unknown;  // share of orders with a drawdown at least as deep as the observed
};

// Fewer than two trades or no resamples: everything but the counts is undefined. The numbers drawn depend on `random`
// alone. Throws Error (interrupted).
MonteCarlo monte_carlo(std::span<const double> trade_returns, std::size_t resamples, const Random& random,
                       const Control& control = {});
nlohmann::json to_json(const MonteCarlo& result);

}  // namespace evolve
