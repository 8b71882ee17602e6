#include "core/validation/pool.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/random.hpp"
#include "core/ruleset/language.hpp"
#include "validation/runs.hpp"

namespace evolve {
namespace {

TEST(BarReturnsTest, EndWithRuin) {
    Backtest run;
    run.equity = {100, 110, 55, -3, 20};
    const std::vector<double> returns = bar_returns(run, 100);
    ASSERT_EQ(returns.size(), 5u);
    EXPECT_DOUBLE_EQ(returns[0], 0);
    EXPECT_NEAR(returns[1], 0.1, 1e-15);
    EXPECT_DOUBLE_EQ(returns[2], -0.5);
    EXPECT_DOUBLE_EQ(returns[3], -1);
    EXPECT_DOUBLE_EQ(returns[4], 0);
}

TEST(PooledMetricsTest, OneRunIsItsOwnMetrics) {
    const Bars bars = test::bars_of({10, 11, 12, 11, 13, 12, 14});
    SeriesRun series = test::run_of(bars, {100, 110, 120, 110, 130, 120, 140});
    series.run.trades = {test::closed_trade(1, 3, 5), test::closed_trade(3, 5, -2)};
    const Range part{2, 4};
    EXPECT_EQ(to_json(pooled_metrics(std::span(&series, 1), std::span(&part, 1))),
              to_json(compute_metrics(series.run, series.bars, series.options, 2, 4)));
    EXPECT_EQ(to_json(pooled_metrics(std::span(&series, 1))),
              to_json(compute_metrics(series.run, series.bars, series.options)));
}

TEST(PooledMetricsTest, CurvesFollowEachOtherAndTradesArePooled) {
    const Bars first = test::bars_of({1, 1, 1, 1}, 50 * microseconds_per_day), second = test::bars_of({1, 1, 1});
    std::vector<SeriesRun> runs{test::run_of(first, {100, 120, 90, 110}), test::run_of(second, {100, 80, 160})};
    runs[0].run.trades = {test::closed_trade(0, 2, 30), test::closed_trade(2, 3, -10)};
    runs[1].run.trades = {test::closed_trade(1, 2, 60)};
    runs[0].options.periods_per_year = 4;
    runs[1].options.periods_per_year = 12;
    const Metrics all = pooled_metrics(runs);
    EXPECT_EQ(all.bars, 7);
    EXPECT_NEAR(all.final_equity, 110 * 1.6, 1e-9);
    EXPECT_NEAR(all.total_return, 0.76, 1e-12);
    // 110 · 0.8 after the peak of 120.
    EXPECT_NEAR(all.max_drawdown, 88.0 / 120 - 1, 1e-12);
    EXPECT_EQ(all.total_trades, 3);
    EXPECT_NEAR(all.win_rate, 2.0 / 3, 1e-15);
    EXPECT_NEAR(all.profit_factor, 9, 1e-12);
    EXPECT_EQ(all.first_ts, 0);
    EXPECT_EQ(all.last_ts, 53 * microseconds_per_day);
    // Years add up: 4 / 4 + 3 / 12; growth is annualised over the six bars that have a return.
    const double per_year = 7 / 1.25;
    EXPECT_NEAR(all.cagr, std::pow(1.76, per_year / 6) - 1, 1e-12);
}

TEST(PooledMetricsTest, SlicesCountTradesThatCloseInThem) {
    const Bars bars = test::bars_of({1, 1, 1, 1, 1, 1});
    std::vector<SeriesRun> runs{test::run_of(bars, {100, 110, 121, 100, 110, 121}),
                                test::run_of(bars, {100, 100, 100, 100, 50, 100})};
    runs[0].run.trades = {test::closed_trade(0, 3, 1), test::closed_trade(3, 4, -1), test::closed_trade(4, 5, 2)};
    runs[1].run.trades = {test::closed_trade(2, 2, -7)};
    const std::vector<Range> late{{3, 2}, {3, 3}};
    const Metrics m = pooled_metrics(runs, late);
    EXPECT_EQ(m.bars, 5);
    EXPECT_EQ(m.total_trades, 2);  // the first two of the first run; the third closes after its slice
    EXPECT_NEAR(m.total_return, 110.0 / 121 - 1, 1e-12);
    const std::vector<Range> only_second{{0, 0}, {3, 3}};
    EXPECT_EQ(to_json(pooled_metrics(runs, only_second)),
              to_json(compute_metrics(runs[1].run, runs[1].bars, runs[1].options, 3, 3)));
    EXPECT_EQ(pooled_metrics(std::span<const SeriesRun>{}).bars, 0);
}

TEST(PooledMetricsTest, TurnoverAndFeesOfASliceEqualThoseOfOneRun) {
    // The same run twice: ratios of the pool are those of one.
    Bars bars;
    Random random(3);
    for (int i = 0; i < 400; ++i) {
        const double price = 100 + 10 * std::sin(i / 9.0) + random.uniform();
        bars.push_back({.ts = i * microseconds_per_day,
                        .open = price,
                        .high = price + 1,
                        .low = price - 1,
                        .close = price + 0.5,
                        .volume = 1});
    }
    SeriesRun series;
    series.options.sizing = Sizing{.kind = Sizing::Kind::units, .amount = Node::number(1)};
    series.run = backtest(parse_ruleset(R"_({"entry": "close > sma(close, 5)", "exit": "close < sma(close, 5)"})_"),
                          bars.view(), series.options);
    series.bars = bars.view();
    ASSERT_GT(series.run.trades.size(), 10u);
    const Range part{100, 200};
    const Metrics one = compute_metrics(series.run, series.bars, series.options, part.first, part.count);
    const std::vector<SeriesRun> twice{series, series};
    const std::vector<Range> parts{part, part};
    const Metrics two = pooled_metrics(twice, parts);
    EXPECT_NEAR(two.fees_paid, 2 * one.fees_paid, 1e-9);
    EXPECT_NEAR(two.turnover, one.turnover, 0.02 * one.turnover);
    EXPECT_EQ(two.total_trades, 2 * one.total_trades);
    EXPECT_EQ(two.win_rate, one.win_rate);
    EXPECT_EQ(two.exposure, one.exposure);
    EXPECT_NEAR(1 + two.total_return, (1 + one.total_return) * (1 + one.total_return), 1e-12);
}

}  // namespace
}  // namespace evolve
