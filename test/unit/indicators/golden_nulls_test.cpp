// Missing bars: rows with a blank are left out of the computation and blank in the result (data/golden/nulls, skip.*).
#include "indicators/indicator_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {
namespace {

struct NullCase {
    const char* column;
    const char* indicator;
    std::vector<double> args;
    std::size_t output = 0;
};

const std::vector<NullCase>& null_cases() {
    static const std::vector<NullCase> cases{
        {"skip.sma_10", "sma", {10}},
        {"skip.ema_10", "ema", {10}},
        {"skip.wma_10", "wma", {10}},
        {"skip.rsi_14", "rsi", {14}},
        {"skip.macd_12_26_9.macd", "macd", {12, 26, 9}, 0},
        {"skip.macd_12_26_9.macdsignal", "macd", {12, 26, 9}, 1},
        {"skip.macd_12_26_9.macdhist", "macd", {12, 26, 9}, 2},
        {"skip.atr_14", "atr", {14}},
        {"skip.bbands_20_2.0_2.0_SMA.upperband", "bbands", {20, 2, 2, 0}, 0},
        {"skip.bbands_20_2.0_2.0_SMA.middleband", "bbands", {20, 2, 2, 0}, 1},
        {"skip.bbands_20_2.0_2.0_SMA.lowerband", "bbands", {20, 2, 2, 0}, 2},
        {"skip.stddev_20_1.0", "stddev", {20, 1}},
        {"skip.min_20", "min", {20}},
        {"skip.max_20", "max", {20}},
        {"skip.roc_10", "roc", {10}},
        {"skip.stoch_14_3_SMA_3_SMA.slowk", "stoch", {14, 3, 3, 0, 0}, 0},
        {"skip.stoch_14_3_SMA_3_SMA.slowd", "stoch", {14, 3, 3, 0, 0}, 1},
        {"skip.obv", "obv", {}},
        {"skip.adx_14", "adx", {14}},
        {"skip.sar_0.02_0.2", "sar", {0.02, 0.2}},
    };
    return cases;
}

TEST(GoldenNulls, BlankRowsAreSkipped) {
    EVOLVE_NEED_GOLDEN();
    const GoldenTable table = read_golden("nulls/edge_inner_null.csv"),
                      series = read_golden("series/edge_inner_null.csv");
    const GoldenBars golden = golden_bars(series);
    ASSERT_LT(golden.bars.size(), golden.rows);
    int skip_columns = 0;
    for (const auto& name : table.names) skip_columns += name.starts_with("skip.") ? 1 : 0;
    EXPECT_EQ(null_cases().size() + 1, static_cast<std::size_t>(skip_columns)) << "all but skip.ad";
    for (const NullCase& test : null_cases()) {
        const Indicator& indicator = indicator_named(test.indicator);
        std::vector<double> got(golden.rows, unknown);
        if (indicator.takes_series()) {
            // compute_indicator itself leaves out what is unknown.
            got = compute(indicator, series["close"], {}, test.args)[test.output];
        } else {
            const Columns columns = compute(indicator, {}, golden.bars.view(), test.args);
            for (std::size_t i = 0; i < golden.row.size(); ++i) got[golden.row[i]] = columns[test.output][i];
        }
        const auto& expected = table[test.column];
        ASSERT_EQ(got.size(), expected.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            ASSERT_TRUE(close_to(got[i], expected[i], 1e-9, 1e-3))
                << test.column << " row " << i << ": " << got[i] << " instead of " << expected[i];
        }
    }
}

// Reads the series and the bars; the result shows which bars it was given.
void compute_pairs(const IndicatorInput& input, Arguments, std::span<const std::span<double>> outputs) {
    for (std::size_t i = 1; i < input.size; ++i) {
        outputs[0][i] = 1000 * input.x[i - 1] + input.x[i];
        outputs[1][i] = 1000 * input.bars.close[i - 1] + input.bars.volume[i];
    }
}

constexpr Argument pair_arguments[] = {{.name = "series", .kind = ArgKind::series, .text = ""}};
constexpr Output pair_outputs[] = {{.name = "x"}, {.name = "bars"}};
constexpr Indicator pairs{.name = "pairs",
                          .title = "",
                          .description = "",
                          .arguments = pair_arguments,
                          .outputs = pair_outputs,
                          .reads_bars = true,
                          .warm_up = [](Arguments) -> std::size_t { return 1; },
                          .compute = compute_pairs};

Bars numbered_bars(std::size_t count) {
    Bars bars;
    for (std::size_t i = 0; i < count; ++i) {
        const auto v = static_cast<double>(i);
        bars.push_back({static_cast<Timestamp>(i), v, v, v, v, v});
    }
    return bars;
}

TEST(SkipPolicy, DropsTheSameBarsFromSeriesAndBars) {
    const Bars bars = numbered_bars(6);
    const std::vector<double> x{unknown, 11, unknown, 13, 14, unknown};
    const Columns columns = compute(pairs, x, bars.view(), {});
    const std::vector<double> expected_x{unknown, unknown, unknown, 11013, 13014, unknown};
    const std::vector<double> expected_bars{unknown, unknown, unknown, 1003, 3004, unknown};
    for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_TRUE(identical(columns[0][i], expected_x[i])) << i << " " << columns[0][i];
        EXPECT_TRUE(identical(columns[1][i], expected_bars[i])) << i << " " << columns[1][i];
    }
}

TEST(SkipPolicy, LeadingUnknownIsAShorterInput) {
    const Bars bars = numbered_bars(5);
    const std::vector<double> x{unknown, unknown, 12, 13, 14};
    const Columns columns = compute(pairs, x, bars.view(), {});
    EXPECT_EQ(first_known(columns[0]), 3u);
    EXPECT_EQ(columns[0][3], 12013);
    EXPECT_EQ(columns[1][3], 2003);
    EXPECT_EQ(columns[1][4], 3004);
}

TEST(SkipPolicy, AllUnknownOrEmpty) {
    const std::vector<double> x(4, unknown);
    for (const Indicator* indicator : all_indicators()) {
        if (!indicator->takes_series()) continue;
        const auto args = standard_arguments(*indicator);
        for (const auto& column : compute(*indicator, x, {}, args)) EXPECT_EQ(first_known(column), 4u);
        for (const auto& column : compute(*indicator, {}, {}, args)) EXPECT_TRUE(column.empty());
    }
}

// Infinities do not come in and do not go out.
TEST(SkipPolicy, NonFiniteIsUnknown) {
    const std::vector<double> x{1, std::numeric_limits<double>::infinity(), 3, 1e308, -1e308, 5, 6, 7};
    const auto mom = compute(indicator_named("mom"), x, {}, {1})[0];
    EXPECT_TRUE(std::isnan(mom[1]));
    EXPECT_EQ(mom[2], 2);
    EXPECT_TRUE(std::isnan(mom[4])) << "-2e308 is beyond the numbers";
    EXPECT_EQ(mom[6], 1);
    // A sum that overflows is unknown only while the window holds it.
    const auto sma = compute(indicator_named("sma"), x, {}, {2})[0];
    EXPECT_TRUE(std::isnan(sma[4]) || sma[4] == 0);
    EXPECT_EQ(sma[6], 5.5);
    EXPECT_EQ(sma[7], 6.5);
}

// For every indicator on a series: dropping the unknown bars by hand gives the same.
TEST(SkipPolicy, IsCompactionForEveryIndicator) {
    const Bars bars = random_bars(300, 5);
    Random random(6);
    for (const Indicator* indicator : all_indicators()) {
        if (!indicator->takes_series()) continue;
        const auto args = random_arguments(*indicator, random, 20);
        LongVector<double> x = bars.close, kept;
        for (double& value : x) {
            if (random.chance(0.1)) value = unknown;
            if (!std::isnan(value)) kept.push_back(value);
        }
        const Columns got = compute(*indicator, x, {}, args), expected = compute(*indicator, kept, {}, args);
        for (std::size_t k = 0; k < got.size(); ++k) {
            for (std::size_t i = 0, j = 0; i < x.size(); ++i) {
                const double want = std::isnan(x[i]) ? unknown : expected[k][j++];
                ASSERT_TRUE(identical(got[k][i], want)) << describe(*indicator, args) << " bar " << i;
            }
        }
    }
}

}  // namespace
}  // namespace evolve::test
