#include "core/lifecycle/score.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json_number.hpp"

namespace evolve {
namespace {

using nlohmann::json;

double clipped(double value) { return std::isnan(value) ? undefined : std::clamp(value, 0.0, 1.0); }

// exp(-cv), cv = deviation / mean of the year's return = 1 / Sharpe: taken a year, because the ratio of single bars
// would compare timeframes, not strategies. No gain: no stability.
double stability(double sharpe_ratio) {
    if (std::isnan(sharpe_ratio)) return undefined;
    return sharpe_ratio > 0 ? std::exp(-1 / sharpe_ratio) : 0;
}

double monte_carlo(const ScoreInput& input, const Policy& policy) {
    const double narrow = 1 / (1 + input.monte_carlo_std / policy.score_monte_carlo_scale);
    return clipped(input.monte_carlo_p05 < 0 ? narrow * policy.score_negative_tail_factor : narrow);
}

struct Weighing {
    double sum = 0, weights = 0;

    void add(double component, double weight) {
        if (std::isnan(component)) return;
        sum += component * weight;
        weights += weight;
    }
    double mean() const { return weights > 0 ? sum / weights : undefined; }
};

// NaN when the key is missing or null.
double number_at(const json& object, const char* key, const std::string& path) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return undefined;
    if (!found->is_number()) {
        throw Error(ErrorCode::type_mismatch, "a number is expected here", path + "." + key);
    }
    return found->get<double>();
}

double nested_number(const json& object, const char* group, const char* key) {
    const auto found = object.find(group);
    if (found == object.end() || found->is_null()) return undefined;
    const std::string path = std::string("$.") + group;
    if (!found->is_object()) throw Error(ErrorCode::type_mismatch, "an object is expected here", path);
    return number_at(*found, key, path);
}

}  // namespace

ScoreInput score_input(const Metrics& metrics, const WalkForward& walk_forward, const MonteCarlo& monte_carlo) {
    return {.trades = static_cast<double>(metrics.total_trades),
            .win_rate = metrics.win_rate,
            .cagr = metrics.cagr,
            .volatility = metrics.volatility,
            .max_drawdown = metrics.max_drawdown,
            .sharpe_ratio = metrics.sharpe_ratio,
            .sortino_ratio = metrics.sortino_ratio,
            .consistency = walk_forward.consistency,
            .monte_carlo_std = monte_carlo.std_return,
            .monte_carlo_p05 = monte_carlo.p05_return};
}

Score score(const ScoreInput& input, const Policy& policy) {
    Score result;
    result.win_rate = clipped(input.win_rate);
    if (input.volatility > 0) result.risk_adjusted = clipped(input.cagr / input.volatility / 2 + 0.5);
    result.drawdown = clipped(std::exp(-2 * std::fabs(input.max_drawdown)));
    result.stability = stability(input.sharpe_ratio);
    const double ratio = std::isnan(input.sortino_ratio) ? input.sharpe_ratio : input.sortino_ratio;
    result.sortino = clipped(ratio / 3 + 0.5);
    result.walk_forward = clipped(input.consistency);
    result.monte_carlo = monte_carlo(input, policy);
    if (input.trades == 0) {
        // Without a trade a flat line would score for never losing anything.
        result.score = 0;
        return result;
    }
    Weighing all;
    all.add(result.win_rate, policy.score_weight_win_rate);
    all.add(result.risk_adjusted, policy.score_weight_risk_adjusted);
    all.add(result.drawdown, policy.score_weight_drawdown);
    all.add(result.stability, policy.score_weight_stability);
    all.add(result.sortino, policy.score_weight_sortino);
    all.add(result.walk_forward, policy.score_weight_walk_forward);
    all.add(result.monte_carlo, policy.score_weight_monte_carlo);
    result.score = all.mean();
    return result;
}

json to_json(const Score& score) {
    return {{"score", json_number(score.score)},
            {"win_rate", json_number(score.win_rate)},
            {"risk_adjusted", json_number(score.risk_adjusted)},
            {"drawdown", json_number(score.drawdown)},
            {"stability", json_number(score.stability)},
            {"sortino", json_number(score.sortino)},
            {"walk_forward", json_number(score.walk_forward)},
            {"monte_carlo", json_number(score.monte_carlo)}};
}

double score_from_metrics(const json& metrics, const Policy& policy) {
    if (!metrics.is_object()) throw Error(ErrorCode::type_mismatch, "metrics are a JSON object", "$");
    const ScoreInput input{.trades = number_at(metrics, "total_trades", "$"),
                           .win_rate = number_at(metrics, "win_rate", "$"),
                           .cagr = number_at(metrics, "cagr", "$"),
                           .volatility = number_at(metrics, "volatility", "$"),
                           .max_drawdown = number_at(metrics, "max_drawdown", "$"),
                           .sharpe_ratio = number_at(metrics, "sharpe_ratio", "$"),
                           .sortino_ratio = number_at(metrics, "sortino_ratio", "$"),
                           .consistency = nested_number(metrics, "walk_forward", "consistency"),
                           .monte_carlo_std = nested_number(metrics, "monte_carlo", "std_return"),
                           .monte_carlo_p05 = nested_number(metrics, "monte_carlo", "p05_return")};
    return score(input, policy).score;
}

}  // namespace evolve
