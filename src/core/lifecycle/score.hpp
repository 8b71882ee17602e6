// The classic score: one number in 0..1 for what a strategy has shown. Formula: docs/evolution.md.
#pragma once

#include <limits>
#include <nlohmann/json_fwd.hpp>

#include "core/lifecycle/policy.hpp"
#include "core/metrics/metrics.hpp"
#include "core/validation/monte_carlo.hpp"
#include "core/validation/walk_forward.hpp"

namespace evolve {

// What the score looks at; NaN: not known, that component is left out.
struct ScoreInput {
    double trades = undefined;                                        // closed; 0: the score is 0
    double win_rate = undefined;                                      // 0..1
    double cagr = undefined;                                          // fraction a year
    double volatility = undefined;                                    // fraction a year
    double max_drawdown = undefined;                                  // fraction, either sign
    double sharpe_ratio = undefined;                                  // annual
    double sortino_ratio = undefined;                                 // annual
    double consistency = undefined;                                   // walk-forward, 0..1
    double monte_carlo_std = undefined, monte_carlo_p05 = undefined;  // of total returns, fractions
};
ScoreInput score_input(const Metrics& metrics, const WalkForward& walk_forward, const MonteCarlo& monte_carlo);

// Each component 0..1, NaN when left out; `score` is their mean by the policy's weights, NaN when nothing is known.
struct Score {
    double score = undefined;
    double win_rate = undefined, risk_adjusted = undefined, drawdown = undefined, stability = undefined,
           sortino = undefined, walk_forward = undefined, monte_carlo = undefined;
};
Score score(const ScoreInput& input, const Policy& policy = {});
nlohmann::json to_json(const Score& score);  // the components, and "score"

// The score of a JSON object of metrics: total_trades, win_rate, cagr, volatility, max_drawdown, sharpe_ratio,
// sortino_ratio, and, when there, walk_forward.consistency, monte_carlo.std_return and monte_carlo.p05_return. Missing
// and null components are left out and the other weights renormalised. NaN when nothing is known. Throws Error
// (type_mismatch) when one of them is no number.
double score_from_metrics(const nlohmann::json& metrics, const Policy& policy = {});

}  // namespace evolve
