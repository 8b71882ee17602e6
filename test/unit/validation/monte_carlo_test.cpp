// Against the exact distributions: every resample of five trades, every order of six.
#include "core/validation/monte_carlo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/metrics/statistics.hpp"
#include "support/golden_csv.hpp"

namespace evolve {
namespace {

struct Exact {
    std::vector<double> returns, drawdowns;
};

// All n^n resamples of n trades.
Exact all_resamples(const std::vector<double>& trades) {
    Exact exact;
    std::vector<std::size_t> choice(trades.size(), 0);
    for (;;) {
        double growth = 1, peak = 1, deepest = 0;
        for (const std::size_t i : choice) {
            growth *= 1 + trades[i];
            peak = std::max(peak, growth);
            deepest = std::min(deepest, growth / peak - 1);
        }
        exact.returns.push_back(growth - 1);
        exact.drawdowns.push_back(deepest);
        std::size_t place = 0;
        while (place < choice.size() && ++choice[place] == trades.size()) choice[place++] = 0;
        if (place == choice.size()) return exact;
    }
}

double below(const std::vector<double>& values, double limit) {
    const auto count = std::count_if(values.begin(), values.end(), [&](double value) { return value < limit; });
    return static_cast<double>(count) / static_cast<double>(values.size());
}

nlohmann::json golden() {
    return nlohmann::json::parse(test::read_text(test::golden_dir() / "metrics/monte_carlo_exact.json"));
}

std::vector<double> golden_trades() { return golden().at("trade_returns").get<std::vector<double>>(); }

// Five standard errors: a right implementation fails one seed in 1.7 million.
constexpr double errors = 5;
constexpr std::size_t resamples = 200'000;

TEST(MonteCarloTest, BootstrapIsWithinSamplingErrorOfTheExactDistribution) {
    EVOLVE_NEED_GOLDEN();
    const auto expected = golden().at("bootstrap_first5");
    std::vector<double> trades = golden_trades();
    trades.resize(5);
    const Exact exact = all_resamples(trades);
    ASSERT_EQ(exact.returns.size(), expected.at("count").get<std::size_t>());
    EXPECT_NEAR(mean(exact.returns), expected.at("mean_total_return").get<double>(), 1e-12);

    const MonteCarlo drawn = monte_carlo(trades, resamples, Random(3));
    const double root = std::sqrt(static_cast<double>(resamples));
    const double sd = standard_deviation(exact.returns);
    EXPECT_NEAR(drawn.mean_return, expected.at("mean_total_return").get<double>(), errors * sd / root);
    EXPECT_NEAR(drawn.std_return, sd, errors * sd / root);  // kurtosis near 3: error of sd is sd / sqrt(2n)
    EXPECT_NEAR(drawn.mean_max_drawdown, expected.at("mean_mdd").get<double>(),
                errors * standard_deviation(exact.drawdowns) / root);
    const double loss = expected.at("prob_loss");
    EXPECT_NEAR(drawn.loss_probability, loss, errors * std::sqrt(loss * (1 - loss)) / root);
    // A percentile by what lies below it: the share has a binomial error, the value itself need not be near where the
    // distribution has a gap.
    const double share_error = errors * std::sqrt(0.05 * 0.95) / root;
    EXPECT_LE(below(exact.returns, drawn.p05_return - 1e-9), 0.05 + share_error);
    EXPECT_GE(below(exact.returns, drawn.p05_return + 1e-9), 0.05 - share_error);
    EXPECT_LE(below(exact.returns, drawn.p95_return - 1e-9), 0.95 + share_error);
    EXPECT_GE(below(exact.returns, drawn.p95_return + 1e-9), 0.95 - share_error);
    EXPECT_LE(below(exact.drawdowns, drawn.p05_max_drawdown - 1e-9), 0.05 + share_error);
    EXPECT_GE(below(exact.drawdowns, drawn.p05_max_drawdown + 1e-9), 0.05 - share_error);
    EXPECT_NEAR(drawn.p05_return, expected.at("p05_total").get<double>(), 0.004);
    EXPECT_NEAR(drawn.p95_return, expected.at("p95_total").get<double>(), 0.004);
}

TEST(MonteCarloTest, PermutationsAreWithinSamplingErrorOfAllOrders) {
    EVOLVE_NEED_GOLDEN();
    const auto expected = golden().at("permutations");
    const MonteCarlo drawn = monte_carlo(golden_trades(), resamples, Random(4));
    const double root = std::sqrt(static_cast<double>(resamples));
    EXPECT_NEAR(drawn.observed_max_drawdown, expected.at("observed_order_mdd").get<double>(), 1e-12);
    // No drawdown lies outside [worst, best], so its deviation is at most half of that.
    const double half_range = (expected.at("best").get<double>() - expected.at("worst").get<double>()) / 2;
    EXPECT_NEAR(drawn.permuted_mean_max_drawdown, expected.at("mean_mdd").get<double>(), errors * half_range / root);
    EXPECT_NEAR(drawn.permuted_p05_max_drawdown, expected.at("p05_linear").get<double>(), 1e-9);
    const double share = expected.at("share_at_least_as_deep_as_observed");
    EXPECT_NEAR(drawn.permuted_share_as_deep, share, errors * std::sqrt(share * (1 - share)) / root);
}

TEST(MonteCarloTest, DependsOnTheStreamAlone) {
    const std::vector<double> trades{0.1, -0.05, 0.02, 0.07, -0.08};
    const MonteCarlo one = monte_carlo(trades, 1000, Random(8, 1)), again = monte_carlo(trades, 1000, Random(8, 1));
    EXPECT_EQ(to_json(one), to_json(again));
    EXPECT_NE(to_json(one), to_json(monte_carlo(trades, 1000, Random(8, 2))));
}

TEST(MonteCarloTest, TooFewTradesAreUndefined) {
    for (const std::vector<double>& trades : {std::vector<double>{}, std::vector<double>{0.1}}) {
        const MonteCarlo result = monte_carlo(trades, 1000, Random(1));
        EXPECT_TRUE(std::isnan(result.mean_return));
        EXPECT_TRUE(to_json(result).at("std_return").is_null());
        EXPECT_EQ(result.trades, trades.size());
    }
    const std::vector<double> same{0.5, 0.5, 0.5};
    const MonteCarlo constant = monte_carlo(same, 100, Random(1));
    EXPECT_EQ(constant.std_return, 0);
    EXPECT_DOUBLE_EQ(constant.mean_return, 2.375);
    EXPECT_EQ(constant.mean_max_drawdown, 0);
    EXPECT_EQ(constant.permuted_share_as_deep, 1);
    const std::vector<double> ruin{-1, 0.5};
    EXPECT_EQ(monte_carlo(ruin, 1000, Random(1)).p05_return, -1);
}

TEST(MonteCarloTest, StopsWhenAsked) {
    const std::vector<double> trades(1000, 0.01);
    Control control;
    control.poll = []() noexcept { return true; };
    try {
        monte_carlo(trades, 1000, Random(1), control);
        FAIL() << "not interrupted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::interrupted);
    }
}

TEST(AccountReturnsTest, AreWhatTradesDidToTheAccount) {
    const auto trade = [](double pnl, ExitReason reason) {
        Trade result;
        result.pnl = pnl;
        result.exit_reason = reason;
        return result;
    };
    const std::vector<Trade> trades{trade(100, ExitReason::signal), trade(-220, ExitReason::stop_loss),
                                    trade(44, ExitReason::signal), trade(999, ExitReason::open)};
    const std::vector<double> returns = account_returns(trades, 1000);
    ASSERT_EQ(returns.size(), 3u);
    EXPECT_DOUBLE_EQ(returns[0], 0.1);
    EXPECT_DOUBLE_EQ(returns[1], -0.2);
    EXPECT_DOUBLE_EQ(returns[2], 44.0 / 880);
    const std::vector<Trade> ruin{trade(-1500, ExitReason::signal), trade(100, ExitReason::signal)};
    EXPECT_EQ(account_returns(ruin, 1000), std::vector<double>{-1});
}

}  // namespace
}  // namespace evolve
