// How much of a result depends on luck of time and tuning: 0 (all of it) to 100. Formula and reasons:
// docs/evolution.md.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "core/validation/pool.hpp"

namespace evolve {

enum class VolatilityRegime : std::uint8_t { calm, normal, turbulent, unknown };
inline constexpr std::size_t regime_count = 3;
std::string_view to_string(VolatilityRegime regime);

// Regime of each bar: the standard deviation of the last `window` log returns of the close, against the terciles of
// all of them; unknown before `window` returns. For judging after the fact: the terciles know the whole series.
std::vector<VolatilityRegime> volatility_regimes(std::span<const double> close, std::size_t window);

struct RobustnessRules {
    std::size_t volatility_window = 20;     // bars
    std::size_t min_regimes = 2;            // with a profit, for full marks
    std::size_t min_trades_per_regime = 3;  // fewer prove nothing
    double full_stability = 0.5;            // weaker half's Sharpe over the better's that earns full marks
    double regime_weight = 0.30, stability_weight = 0.35, sensitivity_weight = 0.35;
};

struct RegimeResult {
    std::size_t trades = 0;
    double profit = 0;  // sum of account returns, fractions
    bool profitable = false;
};

struct Robustness {
    double score = undefined;                                                                     // 0..100
    double regime_score = undefined, stability_score = undefined, sensitivity_score = undefined;  // 0..1
    std::array<RegimeResult, regime_count> regimes;
    std::size_t profitable_regimes = 0;
    double first_half_sharpe = undefined, second_half_sharpe = undefined;
    double base_return = undefined, worst_variant_return = undefined, mean_variant_return = undefined;
    std::size_t variants = 0;
};

// Regimes and halves of a strategy; sensitivity and score are still undefined.
Robustness robustness_of_runs(std::span<const SeriesRun> runs, const RobustnessRules& rules,
                              const Control& control = {});
// Adds what moving its numbers does, and the score. `variant_returns`: total returns of the strategy with one number
// moved each.
void add_sensitivity(Robustness& result, std::span<const double> variant_returns, const RobustnessRules& rules);
nlohmann::json to_json(const Robustness& result);

// The parts, each 0..1.
double regime_score(std::size_t profitable_regimes, std::size_t min_regimes);
// 0 unless both halves have a positive Sharpe ratio; else their ratio, over full_stability, at most 1.
double stability_score(double first_half_sharpe, double second_half_sharpe, double full_stability);
// Mean share of the return that the variants keep, each within 0..1; 0 when there was no gain to keep; 1 when there is
// no number to move.
double sensitivity_score(double base_return, std::span<const double> variant_returns);

}  // namespace evolve
