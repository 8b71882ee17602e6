#include "core/validation/walk_forward.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/golden_csv.hpp"
#include "validation/runs.hpp"

namespace evolve {
namespace {

// Daily equity over 2018–2019 that grows by `factor(day)` a day.
template <class Factor>
SeriesRun grown(const Bars& bars, Factor factor) {
    std::vector<double> equity;
    double value = 100;
    for (std::size_t i = 0; i < bars.size(); ++i) equity.push_back(value *= i == 0 ? 1 : factor(i));
    return test::run_of(bars, std::move(equity));
}

Bars two_years() { return test::bars_of(std::vector<double>(730, 1), test::parse_golden_ts("2018-01-01")); }

TEST(WalkForwardTest, EvenGrowthIsConsistentAndEfficient) {
    const Bars bars = two_years();
    const SeriesRun series = grown(bars, [](std::size_t) { return 1.001; });
    const WalkForward result = walk_forward(std::span(&series, 1), {});
    ASSERT_EQ(result.windows.size(), 4u);
    EXPECT_EQ(result.traded, 4u);
    EXPECT_EQ(result.profitable, 4u);
    EXPECT_EQ(result.consistency, 1);
    EXPECT_NEAR(result.efficiency, 1, 1e-9);
    EXPECT_NEAR(result.windows[0].test_return, std::pow(1.001, 90) - 1, 1e-9);
    EXPECT_NEAR(result.windows[0].train_return, std::pow(1.001, 364) - 1, 1e-9);  // the first bar has no return
    EXPECT_NEAR(result.mean_test_return,
                (result.windows[0].test_return + result.windows[1].test_return + result.windows[2].test_return +
                 result.windows[3].test_return) /
                    4,
                1e-12);
}

TEST(WalkForwardTest, WhatStopsWorkingIsSeen) {
    const Bars bars = two_years();
    // Good in 2018 and in the second quarter of 2019, bad otherwise.
    const auto factor = [](std::size_t day) { return day < 365 || (day >= 455 && day < 546) ? 1.001 : 0.9995; };
    const SeriesRun series = grown(bars, factor);
    const WalkForward result = walk_forward(std::span(&series, 1), {});
    EXPECT_EQ(result.profitable, 1u);
    EXPECT_EQ(result.consistency, 0.25);
    EXPECT_LT(result.efficiency, 0.5);
    EXPECT_GT(result.windows[1].test_return, 0);
}

TEST(WalkForwardTest, IdleWindowsDoNotCount) {
    const Bars bars = two_years();
    SeriesRun series = grown(bars, [](std::size_t day) { return day < 455 ? 1.001 : 1.0; });
    for (std::size_t bar = 455; bar < 730; ++bar) series.run.position[bar] = 0;
    const WalkForward result = walk_forward(std::span(&series, 1), {});
    EXPECT_EQ(result.windows.size(), 4u);
    EXPECT_EQ(result.traded, 1u);
    EXPECT_EQ(result.consistency, 1);
    series.run.position.assign(730, 0);
    const WalkForward idle = walk_forward(std::span(&series, 1), {});
    EXPECT_TRUE(std::isnan(idle.consistency));
    EXPECT_TRUE(to_json(idle, std::vector<std::string>{"X"}).at("consistency").is_null());
}

TEST(WalkForwardTest, RuinHasNoEfficiency) {
    const Bars bars = two_years();
    SeriesRun series = grown(bars, [](std::size_t) { return 1.001; });
    series.run.equity[500] = -5;
    const WalkForward result = walk_forward(std::span(&series, 1), {});
    EXPECT_TRUE(std::isnan(result.efficiency));
    EXPECT_EQ(result.windows[1].test_return, -1);
}

TEST(WalkForwardTest, JsonNamesTheSeriesAndStaysSmall) {
    const Bars bars = two_years();
    std::vector<SeriesRun> runs(2, grown(bars, [](std::size_t) { return 1.001; }));
    const std::vector<std::string> names{"AAA", "BBB"};
    const auto few = to_json(walk_forward(runs, {}), names);
    ASSERT_EQ(few.at("windows").size(), 8u);
    EXPECT_EQ(few.at("windows")[7].at("symbol"), "BBB");
    EXPECT_EQ(few.at("windows")[0].at("test_from"), "2019-01-01T00:00:00Z");
    std::vector<std::string> many_names(30, "S");
    runs.resize(30, runs.front());
    const auto many = to_json(walk_forward(runs, {}), many_names);
    EXPECT_EQ(many.at("count"), 120);
    EXPECT_FALSE(many.contains("windows"));
}

}  // namespace
}  // namespace evolve
