// Every threshold of the lifecycle as data. The defaults are the policy "classic"; what each field means and does:
// docs/evolution.md.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/genetics/breed.hpp"
#include "core/validation/robustness.hpp"
#include "core/validation/split.hpp"

namespace evolve {

// Rates and returns are fractions, drawdowns positive fractions, counts whole numbers.
struct Policy {
    std::string name = "classic";

    // Choosing and evaluating
    std::int64_t batch_size = 50;        // strategies evaluated in one cycle
    std::int64_t retest_after_days = 7;  // a last test older than this comes first
    std::int64_t max_symbols = 10;       // series a strategy is run on when it names no symbols
    double train_share = 0.7;
    std::int64_t walk_forward_months_in = 12, walk_forward_months_out = 3, walk_forward_months_step = 3;
    std::int64_t walk_forward_min_windows = 1;
    std::int64_t monte_carlo_resamples = 1000;

    // The population
    std::int64_t max_active = 100;
    double newcomer_share = 0.5;  // of max_active that strategies without a score may take up by breeding

    // Promotions
    std::int64_t candidate_min_trades = 50;
    double candidate_min_win_rate = 0.75, candidate_max_drawdown = 0.30;
    std::int64_t proposable_min_trades = 50;
    double proposable_max_drawdown = 0.20, proposable_min_profit_factor = 1.2, proposable_min_score = 0.70,
           proposable_min_test_win_rate = 0.70;
    double proposable_win_path_min_win_rate = 0.80, proposable_win_path_min_sharpe = 1.0;
    double proposable_sharpe_path_min_win_rate = 0.60, proposable_sharpe_path_min_sharpe = 1.5;
    bool proposable_needs_robustness = false;  // only the monitoring cycle makes proposables then

    // Demotions
    std::int64_t proposable_keep_min_trades = 50;
    double proposable_keep_min_win_rate = 0.70, proposable_keep_min_sharpe = 0.5, proposable_keep_min_score = 0.60,
           proposable_keep_max_drawdown = 0.30;
    double candidate_keep_min_win_rate = 0.70, candidate_keep_max_drawdown = 0.40;

    // Phases: a young population is let through more easily
    bool phases_enabled = true;
    std::int64_t cold_start_below = 25, growth_below = 200;  // strategies altogether
    std::int64_t cold_start_min_trades = 5, growth_min_trades = 10;
    double cold_start_min_win_rate = 0.25, cold_start_min_sharpe = 0.2;
    double growth_min_win_rate = 0.55, growth_min_sharpe = 0.5;
    std::int64_t mature_min_profitable_symbols = 3;

    // Discards
    std::int64_t discard_attempts = 10;
    double discard_sharpe_below = 0;
    std::int64_t discard_sharpe_min_trades = 50;
    std::int64_t discard_score_attempts = 5;
    double discard_score_below = 0.20;
    std::int64_t discard_overfit_attempts = 5;
    double discard_overfit_win_rate_below = 0.50, discard_overfit_score_below = 0.40;

    // Overfitting: test below while train above
    double overfit_test_win_rate_below = 0.70, overfit_train_win_rate_above = 0.80;
    double overfit_test_sharpe_below = 0.5, overfit_train_sharpe_above = 1.5;
    double overfit_test_return_below = 0, overfit_train_return_above = 0.20;

    // Score
    double score_weight_win_rate = 0.30, score_weight_risk_adjusted = 0.20, score_weight_drawdown = 0.20,
           score_weight_stability = 0.15, score_weight_sortino = 0.05, score_weight_walk_forward = 0.10,
           score_weight_monte_carlo = 0.10;
    double score_monte_carlo_scale = 0.50, score_negative_tail_factor = 0.7;

    // Breeding
    std::int64_t breed_min_attempts = 3;
    double breed_win_rate_below = 0.60;
    double crossover_rate = 0.7, mutation_rate = 0.2, elite_share = 0.10;
    std::int64_t fitness_full_trades = 30;
    std::int64_t tournament_size = 4, breed_tries = 50, max_mutations = 4, max_rule_nodes = 120;
    double tweak_fine_min_score = 0.8, tweak_fine = 0.05, tweak_medium_min_score = 0.6, tweak_medium = 0.10,
           tweak_coarse = 0.20;
    double weight_parameter_tweak = 4, weight_indicator_substitution = 1, weight_timeframe_change = 0.5,
           weight_cross_asset_transplant = 0.5, weight_rule_insertion = 1, weight_rule_deletion = 1,
           weight_operator_change = 1;

    // Monitoring: sanity of uploads
    std::int64_t sanity_min_trades = 10;
    double sanity_max_drawdown = 0.70;
    std::int64_t sanity_months_slow = 6;    // 4h and coarser
    std::int64_t sanity_months_medium = 1;  // 15m to 1h
    std::int64_t sanity_days_fast = 7;      // finer

    // Monitoring: robustness
    std::int64_t robustness_min_trades = 20;
    double robustness_promote = 70, robustness_discard_below = 40;
    std::int64_t robustness_discard_attempts = 3;
    double robustness_weight_regimes = 0.30, robustness_weight_stability = 0.35, robustness_weight_sensitivity = 0.35;
    std::int64_t robustness_min_regimes = 2, robustness_min_trades_per_regime = 3, robustness_volatility_window = 20;
    double robustness_full_stability = 0.5;
    double robustness_shift = 0.05;  // of every number
    std::int64_t robustness_max_variants = 64;

    BreedingRates breeding_rates() const;
    RobustnessRules robustness_rules() const;
    WalkForwardPlan walk_forward_plan() const;
};

struct PolicyField {
    std::string_view name;
    double minimum = 0, maximum = std::numeric_limits<double>::max();
    std::string_view text;  // one line for people
    // Exactly one is set.
    double Policy::*number = nullptr;
    std::int64_t Policy::*count = nullptr;
    bool Policy::*flag = nullptr;
};
// Every field but the name, in the order of the struct.
std::span<const PolicyField> policy_fields();

// A JSON object of field names; what is left out keeps the classic value. Throws Error: unknown_name for a key that is
// no field, type_mismatch and out_of_range for its value.
Policy parse_policy(const nlohmann::json& object);
nlohmann::json to_json(const Policy& policy);

}  // namespace evolve
