#include "core/lifecycle/score.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"

namespace evolve {
namespace {

using nlohmann::json;

ScoreInput known() {
    return {.trades = 40,
            .win_rate = 0.6,
            .cagr = 0.12,
            .volatility = 0.15,
            .max_drawdown = -0.2,
            .sharpe_ratio = 0.8,
            .sortino_ratio = 0.9,
            .consistency = 0.75,
            .monte_carlo_std = 0.25,
            .monte_carlo_p05 = -0.01};
}

TEST(ScoreTest, ComponentsByHand) {
    const Score s = score(known());
    EXPECT_DOUBLE_EQ(s.win_rate, 0.6);
    EXPECT_DOUBLE_EQ(s.risk_adjusted, 0.9);       // 0.8 / 2 + 0.5
    EXPECT_NEAR(s.drawdown, 0.670320046, 1e-9);   // exp(-0.4)
    EXPECT_NEAR(s.stability, 0.286504797, 1e-9);  // exp(-1.25)
    EXPECT_DOUBLE_EQ(s.sortino, 0.8);             // 0.9 / 3 + 0.5
    EXPECT_DOUBLE_EQ(s.walk_forward, 0.75);
    EXPECT_NEAR(s.monte_carlo, 0.7 / 1.5, 1e-12);
    // (0.3·0.6 + 0.2·0.9 + 0.2·0.670320 + 0.15·0.286505 + 0.05·0.8 + 0.1·0.75 + 0.1·0.466667) / 1.1
    EXPECT_NEAR(s.score, 0.6351876321843845, 1e-12);
}

TEST(ScoreTest, ComponentsStayWithinBounds) {
    ScoreInput input = known();
    input.cagr = 5;
    input.sortino_ratio = 40;
    input.max_drawdown = 0;
    input.monte_carlo_std = 0;
    input.monte_carlo_p05 = 0.2;
    input.sharpe_ratio = 1e9;
    input.win_rate = input.consistency = 1;
    EXPECT_NEAR(score(input).score, 1, 1e-8);
    input = {.trades = 10,
             .win_rate = 0,
             .cagr = -1,
             .volatility = 0.1,
             .max_drawdown = -1,
             .sharpe_ratio = -9,
             .sortino_ratio = -9,
             .consistency = 0,
             .monte_carlo_std = 1e12,
             .monte_carlo_p05 = -1};
    const Score worst = score(input);
    EXPECT_EQ(worst.risk_adjusted, 0);
    EXPECT_EQ(worst.stability, 0);
    EXPECT_EQ(worst.sortino, 0);
    EXPECT_NEAR(worst.score, 0.2 * std::exp(-2) / 1.1, 1e-9);
}

TEST(ScoreTest, MissingPartsAreLeftOutAndWeightsRenormalised) {
    EXPECT_DOUBLE_EQ(score({.win_rate = 0.4}).score, 0.4);
    EXPECT_NEAR(score({.win_rate = 0.4, .max_drawdown = 0.0}).score, (0.3 * 0.4 + 0.2) / 0.5, 1e-12);
    EXPECT_TRUE(std::isnan(score({}).score));
    // No Sortino: Sharpe takes its place.
    ScoreInput input = known();
    input.sortino_ratio = undefined;
    EXPECT_NEAR(score(input).sortino, 0.8 / 3 + 0.5, 1e-12);
    input.volatility = 0;
    EXPECT_TRUE(std::isnan(score(input).risk_adjusted));
}

TEST(ScoreTest, WithoutTradesThereIsNothingToScore) {
    ScoreInput input = known();
    input.trades = 0;
    EXPECT_EQ(score(input).score, 0);
    input.trades = undefined;
    EXPECT_GT(score(input).score, 0);
}

TEST(ScoreTest, PolicyWeightsCount) {
    Policy policy;
    for (const PolicyField& field : policy_fields()) {
        if (field.name.starts_with("score_weight_")) policy.*field.number = 0;
    }
    EXPECT_TRUE(std::isnan(score(known(), policy).score));
    policy.score_weight_walk_forward = 2;
    EXPECT_DOUBLE_EQ(score(known(), policy).score, 0.75);
    policy = {};
    policy.score_monte_carlo_scale = 0.25;
    policy.score_negative_tail_factor = 0.5;
    EXPECT_DOUBLE_EQ(score(known(), policy).monte_carlo, 0.25);
}

TEST(ScoreTest, OfMetricsAsJson) {
    const json metrics{{"total_trades", 40},
                       {"win_rate", 0.6},
                       {"cagr", 0.12},
                       {"volatility", 0.15},
                       {"max_drawdown", -0.2},
                       {"sharpe_ratio", 0.8},
                       {"sortino_ratio", 0.9},
                       {"first_ts", "2020-01-01T00:00:00Z"},
                       {"walk_forward", {{"consistency", 0.75}}},
                       {"monte_carlo", {{"std_return", 0.25}, {"p05_return", -0.01}}}};
    EXPECT_DOUBLE_EQ(score_from_metrics(metrics), score(known()).score);
    json some = metrics;
    some["win_rate"] = nullptr;
    some.erase("walk_forward");
    some["monte_carlo"] = nullptr;
    ScoreInput input = known();
    input.win_rate = input.consistency = input.monte_carlo_std = input.monte_carlo_p05 = undefined;
    EXPECT_DOUBLE_EQ(score_from_metrics(some), score(input).score);
    EXPECT_TRUE(std::isnan(score_from_metrics(json::object())));
    EXPECT_THROW(score_from_metrics(json::array()), Error);
    EXPECT_THROW(score_from_metrics({{"win_rate", "high"}}), Error);
    EXPECT_THROW(score_from_metrics({{"monte_carlo", 1}}), Error);
}

}  // namespace
}  // namespace evolve
