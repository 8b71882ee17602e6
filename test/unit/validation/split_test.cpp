#include "core/validation/split.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "support/golden_csv.hpp"

namespace evolve {
namespace {

Timestamp at(const std::string& text) { return test::parse_golden_ts(text); }

std::vector<Timestamp> days(const std::string& from, std::size_t count, std::int64_t every = 1) {
    std::vector<Timestamp> ts;
    for (std::size_t i = 0; i < count; ++i) {
        ts.push_back(at(from) + static_cast<Timestamp>(i) * every * microseconds_per_day);
    }
    return ts;
}

TEST(TrainTestSplitTest, CutsAtTheShare) {
    EXPECT_EQ(train_test_split(100, 0.7), (Split{{0, 70}, {70, 30}}));
    EXPECT_EQ(train_test_split(11, 0.7), (Split{{0, 8}, {8, 3}}));
    EXPECT_EQ(train_test_split(2, 0.99), (Split{{0, 1}, {1, 1}}));
    EXPECT_EQ(train_test_split(2, 0.01), (Split{{0, 1}, {1, 1}}));
    EXPECT_EQ(train_test_split(1, 0.7), (Split{{0, 1}, {1, 0}}));
    EXPECT_EQ(train_test_split(0, 0.7), (Split{{0, 0}, {0, 0}}));
}

TEST(AddMonthsTest, KeepsTheDayWhereThereIsOne) {
    EXPECT_EQ(add_months(at("2020-01-15"), 1), at("2020-02-15"));
    EXPECT_EQ(add_months(at("2020-01-31"), 1), at("2020-02-29"));
    EXPECT_EQ(add_months(at("2021-01-31"), 1), at("2021-02-28"));
    EXPECT_EQ(add_months(at("2020-11-30T13:30:00Z"), 15), at("2022-02-28T13:30:00Z"));
    EXPECT_EQ(add_months(at("2020-03-31"), -1), at("2020-02-29"));
    EXPECT_EQ(add_months(at("1969-12-31T23:00:00Z"), 2), at("1970-02-28T23:00:00Z"));
}

TEST(WalkForwardWindowsTest, TwelveMonthsInThreeOutStepThree) {
    const auto ts = days("2018-01-01", 365 + 365 + 366);  // three whole years
    const auto windows = walk_forward_windows(ts, Timeframe::d1, {});
    // Tests begin 2019-01, 04, 07, 10 and the same in 2020.
    ASSERT_EQ(windows.size(), 8u);
    EXPECT_EQ(windows[0], (Split{{0, 365}, {365, 90}}));
    EXPECT_EQ(ts[windows[1].train.first], at("2018-04-01"));
    EXPECT_EQ(ts[windows[1].test.first], at("2019-04-01"));
    EXPECT_EQ(ts[windows[7].test.first], at("2020-10-01"));
    EXPECT_EQ(windows[7].test.end(), ts.size());
    for (const Split& window : windows) EXPECT_EQ(window.train.end(), window.test.first);
}

TEST(WalkForwardWindowsTest, TheLastWindowMayLackAFewDaysOnly) {
    const std::size_t whole = 365 + 90;  // fifteen months of 2018 and 2019
    EXPECT_EQ(walk_forward_windows(days("2018-01-01", whole), Timeframe::d1, {}).size(), 1u);
    const auto nearly = walk_forward_windows(days("2018-01-01", whole - 4), Timeframe::d1, {});
    ASSERT_EQ(nearly.size(), 1u);
    EXPECT_EQ(nearly[0], (Split{{0, 365}, {365, 86}}));
    // Five days are more than a twentieth of the quarter: scaled, twelve fifteenths to learn from.
    const auto scaled = walk_forward_windows(days("2018-01-01", whole - 5), Timeframe::d1, {});
    ASSERT_EQ(scaled.size(), 1u);
    EXPECT_EQ(scaled[0], (Split{{0, 360}, {360, 90}}));
}

TEST(WalkForwardWindowsTest, ShortSeriesAreScaled) {
    const auto one = walk_forward_windows(days("2020-01-01", 100), Timeframe::d1, {});
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0], (Split{{0, 80}, {80, 20}}));
    const auto four = walk_forward_windows(days("2020-01-01", 80), Timeframe::d1, {.min_windows = 4});
    ASSERT_EQ(four.size(), 4u);
    EXPECT_EQ(four[0], (Split{{0, 40}, {40, 10}}));
    EXPECT_EQ(four[3], (Split{{30, 40}, {70, 10}}));
    EXPECT_EQ(walk_forward_windows(days("2020-01-01", 1), Timeframe::d1, {}).size(), 0u);
    EXPECT_TRUE(walk_forward_windows({}, Timeframe::d1, {}).empty());
}

TEST(WalkForwardWindowsTest, CountsMonthsNotBars) {
    // Monthly bars: fifteen of them are one window.
    std::vector<Timestamp> months;
    for (int i = 0; i < 15; ++i) months.push_back(add_months(at("2019-01-01"), i));
    const auto windows = walk_forward_windows(months, Timeframe::mo1, {});
    ASSERT_EQ(windows.size(), 1u);
    EXPECT_EQ(windows[0], (Split{{0, 12}, {12, 3}}));
    // A hole as long as a test part leaves a window without bars: not counted.
    std::vector<Timestamp> holed;
    for (const Timestamp ts : days("2018-01-01", 365 + 365)) {
        if (ts < at("2019-04-01") || ts >= at("2019-07-01")) holed.push_back(ts);
    }
    EXPECT_EQ(walk_forward_windows(holed, Timeframe::d1, {}).size(), 3u);
    EXPECT_THROW(walk_forward_windows(months, Timeframe::mo1, {.months_step = 0}), Error);
}

TEST(TimeSeriesSplitsTest, EqualScikitLearn) {
    EVOLVE_NEED_GOLDEN();
    const auto golden = nlohmann::json::parse(test::read_text(test::golden_dir() / "metrics/cv_splits.json"));
    const auto range = [](const nlohmann::json& ends) {
        const std::size_t first = ends.at(0), last = ends.at(1);
        return Range{first, last - first + 1};
    };
    int folds = 0;
    for (const auto& one : golden.at("cases")) {
        const auto& params = one.at("params");
        const auto splits = time_series_splits(params.at("n"), params.at("n_splits"), params.value("test_size", 0u),
                                               params.value("gap", 0u), params.value("max_train_size", 0u));
        ASSERT_EQ(splits.size(), one.at("folds").size());
        for (std::size_t i = 0; i < splits.size(); ++i, ++folds) {
            EXPECT_EQ(splits[i].train, range(one.at("folds")[i].at("train"))) << params << i;
            EXPECT_EQ(splits[i].test, range(one.at("folds")[i].at("test"))) << params << i;
        }
    }
    EXPECT_EQ(folds, 15);
    EXPECT_THROW(time_series_splits(5, 5), Error);
    EXPECT_THROW(time_series_splits(10, 0), Error);
    EXPECT_THROW(time_series_splits(10, 3, 3, 1), Error);
    EXPECT_EQ(time_series_splits(10, 3, 3).front(), (Split{{0, 1}, {1, 3}}));
}

}  // namespace
}  // namespace evolve
