#include "core/validation/robustness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "validation/runs.hpp"

namespace evolve {
namespace {

TEST(RobustnessPartsTest, Regimes) {
    EXPECT_EQ(regime_score(0, 2), 0);
    EXPECT_EQ(regime_score(1, 2), 0.5);
    EXPECT_EQ(regime_score(2, 2), 1);
    EXPECT_EQ(regime_score(3, 2), 1);
    EXPECT_EQ(regime_score(0, 0), 1);
}

TEST(RobustnessPartsTest, Stability) {
    EXPECT_EQ(stability_score(1, 1, 0.5), 1);
    EXPECT_EQ(stability_score(1, 0.5, 0.5), 1);
    EXPECT_DOUBLE_EQ(stability_score(0.25, 1, 0.5), 0.5);
    EXPECT_EQ(stability_score(2, -0.1, 0.5), 0);
    EXPECT_EQ(stability_score(2, 0, 0.5), 0);
    EXPECT_EQ(stability_score(undefined, 1, 0.5), 0);
    EXPECT_EQ(stability_score(1, undefined, 0.5), 0);
}

TEST(RobustnessPartsTest, Sensitivity) {
    EXPECT_EQ(sensitivity_score(0.5, {}), 1);
    EXPECT_EQ(sensitivity_score(0, {}), 0);
    EXPECT_EQ(sensitivity_score(-0.2, {}), 0);
    const std::vector<double> returns{0.5, 0.25, -0.3, 0.9};  // kept: all, half, nothing, no more than all
    EXPECT_DOUBLE_EQ(sensitivity_score(0.5, returns), 2.5 / 4);
}

TEST(VolatilityRegimesTest, AreTercilesOfWhatWasKnown) {
    // Three stretches of 60 bars with daily moves of 0.1, 1 and 5 percent.
    std::vector<double> close{100};
    for (int i = 0; i < 180; ++i) {
        const double move = i < 60 ? 0.001 : i < 120 ? 0.01 : 0.05;
        close.push_back(close.back() * (i % 2 == 0 ? 1 + move : 1 / (1 + move)));
    }
    const auto regimes = volatility_regimes(close, 20);
    ASSERT_EQ(regimes.size(), 181u);
    EXPECT_EQ(regimes[19], VolatilityRegime::unknown);
    EXPECT_EQ(regimes[40], VolatilityRegime::calm);
    EXPECT_EQ(regimes[110], VolatilityRegime::normal);
    EXPECT_EQ(regimes[175], VolatilityRegime::turbulent);
    EXPECT_EQ(std::count(regimes.begin(), regimes.end(), VolatilityRegime::unknown), 20);
    EXPECT_EQ(volatility_regimes(std::vector<double>(20, 1), 20),
              std::vector<VolatilityRegime>(20, VolatilityRegime::unknown));
}

TEST(RobustnessTest, WeighsItsPartsAndCountsRegimesThatEarned) {
    std::vector<double> close{100};
    for (int i = 0; i < 180; ++i) {
        const double move = i < 60 ? 0.001 : i < 120 ? 0.01 : 0.05;
        close.push_back(close.back() * (i % 2 == 0 ? 1 + move : 1 / (1 + move)));
    }
    const Bars bars = test::bars_of(close);
    std::vector<double> equity;
    for (std::size_t i = 0; i < close.size(); ++i) {
        equity.push_back(100 + static_cast<double>(i) * 0.1 + (i % 3 == 0 ? 0.1 : 0));
    }
    SeriesRun series = test::run_of(bars, equity);
    // Three winners while calm, two while normal (too few), three losers while turbulent.
    for (const std::size_t bar : {30u, 34u, 38u, 100u, 104u})
        series.run.trades.push_back(test::closed_trade(bar, bar + 1, 1));
    for (const std::size_t bar : {160u, 164u, 168u}) series.run.trades.push_back(test::closed_trade(bar, bar + 1, -1));
    Robustness result = robustness_of_runs(std::span(&series, 1), {});
    EXPECT_TRUE(result.regimes[0].profitable);
    EXPECT_EQ(result.regimes[1].trades, 2u);
    EXPECT_FALSE(result.regimes[1].profitable);
    EXPECT_FALSE(result.regimes[2].profitable);
    EXPECT_EQ(result.regime_score, 0.5);
    EXPECT_GT(result.first_half_sharpe, 0);
    EXPECT_EQ(result.stability_score, 1);
    EXPECT_NEAR(result.base_return, 0.181, 1e-9);
    add_sensitivity(result, std::vector<double>{result.base_return, result.base_return / 2}, {});
    EXPECT_DOUBLE_EQ(result.sensitivity_score, 0.75);
    EXPECT_NEAR(result.score, 100 * (0.30 * 0.5 + 0.35 * 1 + 0.35 * 0.75), 1e-9);
    EXPECT_EQ(result.variants, 2u);
    EXPECT_NEAR(result.worst_variant_return, 0.0905, 1e-9);
    EXPECT_EQ(to_json(result).at("regimes").at("calm").at("trades"), 3);
}

}  // namespace
}  // namespace evolve
