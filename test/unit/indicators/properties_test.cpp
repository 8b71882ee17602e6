// What must hold for every indicator, whatever its formula.
#include "indicators/indicator_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {
namespace {

constexpr std::size_t bar_count = 420;

// Cutting the last bars off changes nothing before them: no value knows the future.
TEST(IndicatorProperties, LaterBarsNeverChangeEarlierValues) {
    const Bars bars = random_bars(bar_count, 1);
    Random random(2);
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 12; ++round) {
            const auto args = random_arguments(*indicator, random);
            const Columns whole = compute(*indicator, bars.close, bars.view(), args);
            for (int cut = 0; cut < 6; ++cut) {
                const std::size_t size = cut == 0 ? bar_count - 1 : random.below(bar_count);
                const Columns part =
                    compute(*indicator, std::span(bars.close).first(size), bars.view().slice(0, size), args);
                for (std::size_t k = 0; k < whole.size(); ++k) {
                    for (std::size_t i = 0; i < size; ++i) {
                        ASSERT_TRUE(identical(whole[k][i], part[k][i]))
                            << describe(*indicator, args) << " output " << k << " bar " << i << " of " << size;
                    }
                }
            }
        }
    }
}

// warm_up() is the first bar with a value, in every output, and there are no holes afterwards.
TEST(IndicatorProperties, WarmUpIsTheFirstKnownValue) {
    const Bars bars = random_bars(bar_count, 3);
    Random random(4);
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 40; ++round) {
            const auto args = random_arguments(*indicator, random);
            for (const auto& column : compute(*indicator, bars.close, bars.view(), args)) {
                ASSERT_EQ(first_known(column), indicator->warm_up(args)) << describe(*indicator, args);
                for (std::size_t i = indicator->warm_up(args); i < column.size(); ++i) {
                    ASSERT_TRUE(std::isfinite(column[i])) << describe(*indicator, args) << " bar " << i;
                }
            }
        }
    }
}

// With one bar less than needed there is no value, with exactly enough there is one.
TEST(IndicatorProperties, TheShortestInputsThatDoAndDoNot) {
    const Bars bars = random_bars(bar_count, 7);
    Random random(8);
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 12; ++round) {
            const auto args = random_arguments(*indicator, random);
            const std::size_t warm_up = indicator->warm_up(args);
            for (const std::size_t size : {warm_up, warm_up + 1}) {
                const auto columns =
                    compute(*indicator, std::span(bars.close).first(size), bars.view().slice(0, size), args);
                for (const auto& column : columns)
                    ASSERT_EQ(first_known(column), warm_up) << describe(*indicator, args);
            }
        }
    }
}

TEST(IndicatorProperties, WarmUpGrowsWithThePeriods) {
    Random random(9);
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 40; ++round) {
            const auto args = random_arguments(*indicator, random, 200);
            for (std::size_t k = 0; k < args.size(); ++k) {
                if (indicator->parameters()[k].kind != ArgKind::integer) continue;
                auto longer = args;
                longer[k] += static_cast<double>(random.between(1, 50));
                ASSERT_GE(indicator->warm_up(longer), indicator->warm_up(args))
                    << describe(*indicator, args) << " " << k;
            }
        }
    }
}

// Doubling all prices doubles what is measured in prices and leaves the rest alone, to the last bit.
TEST(IndicatorProperties, UnitsScaleAsTheySay) {
    const Bars bars = random_bars(bar_count, 10);
    Bars doubled = bars;
    for (auto* column : {&doubled.open, &doubled.high, &doubled.low, &doubled.close}) {
        for (double& value : *column) value *= 2;
    }
    Random random(11);
    for (const Indicator* indicator : all_indicators()) {
        const auto args = random_arguments(*indicator, random);
        const Columns one = compute(*indicator, bars.close, bars.view(), args);
        const Columns two = compute(*indicator, doubled.close, doubled.view(), args);
        for (std::size_t k = 0; k < one.size(); ++k) {
            const Output& output = indicator->outputs[k];
            const double factor = output.unit_of_input || output.unit == Unit::price ? 2 : 1;
            for (std::size_t i = 0; i < bar_count; ++i) {
                ASSERT_TRUE(identical(factor * one[k][i], two[k][i])) << describe(*indicator, args) << " bar " << i;
            }
        }
    }
}

TEST(IndicatorProperties, OscillatorsStayWithinTheirBounds) {
    const Bars bars = random_bars(2000, 12);
    Random random(13);
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 10; ++round) {
            auto args = random_arguments(*indicator, random);
            // Lines that extrapolate (dema, tema) may overshoot; the first three types may not.
            for (std::size_t k = 0; k < args.size(); ++k) {
                if (indicator->parameters()[k].kind == ArgKind::choice) args[k] = std::min(args[k], 2.0);
            }
            const Columns columns = compute(*indicator, bars.close, bars.view(), args);
            for (std::size_t k = 0; k < columns.size(); ++k) {
                if (indicator->outputs[k].unit != Unit::oscillator) continue;
                for (const double value : columns[k]) {
                    ASSERT_FALSE(value < 0 || value > 100 * (1 + 1e-14)) << describe(*indicator, args) << " " << value;
                }
            }
        }
    }
}

void run_all(const Bars& bars, std::uint64_t seed) {
    Random random(seed);
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 6; ++round) {
            const auto args = round == 0 ? standard_arguments(*indicator) : random_arguments(*indicator, random);
            for (const auto& column : compute(*indicator, bars.close, bars.view(), args)) {
                for (std::size_t i = 0; i < column.size(); ++i) {
                    ASSERT_FALSE(std::isinf(column[i])) << describe(*indicator, args);
                    ASSERT_NE(column[i], -12345.0) << describe(*indicator, args) << " bar " << i << " not written";
                }
            }
        }
    }
}

TEST(IndicatorProperties, EdgeSeries) {
    for (const std::size_t size : {0u, 1u, 2u, 3u, 5u}) run_all(random_bars(size, 14), 15);
    Bars constant, without_volume = random_bars(200, 16), huge = random_bars(200, 17, 1e12),
                   tiny = random_bars(200, 18, 1e-9);
    for (int i = 0; i < 200; ++i) constant.push_back({i, 0.1, 0.1, 0.1, 0.1, 0});
    std::fill(without_volume.volume.begin(), without_volume.volume.end(), 0.0);
    for (const Bars* bars : {&constant, &without_volume, &huge, &tiny}) run_all(*bars, 19);
}

TEST(IndicatorProperties, GoldenSeries) {
    EVOLVE_NEED_GOLDEN();
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(golden_dir() / "series")) {
        if (!entry.path().filename().string().starts_with("edge_")) continue;
        run_all(read_golden_bars(entry.path()).bars, 20);
        ++files;
    }
    EXPECT_GE(files, 11);
}

// Averages of what does not move are exactly that value, so that none of them is above or below another.
TEST(IndicatorProperties, AveragesOfAConstantAreExact) {
    const std::vector<double> x(500, 0.1);
    Random random(21);
    for (const char* name : {"sma", "ema", "wma", "dema", "tema", "linearreg", "min", "max"}) {
        for (int round = 0; round < 20; ++round) {
            const auto args = random_arguments(indicator_named(name), random, 100);
            const auto values = compute(indicator_named(name), x, {}, args)[0];
            for (const double value : values) {
                ASSERT_TRUE(std::isnan(value) || value == 0.1) << name << " " << args[0] << " off by " << value - 0.1;
            }
        }
    }
    const auto deviations = compute(indicator_named("stddev"), x, {}, {20, 1})[0];
    for (const double value : deviations) {
        ASSERT_TRUE(std::isnan(value) || value == 0);
    }
}

}  // namespace
}  // namespace evolve::test
