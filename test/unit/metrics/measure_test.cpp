// Metrics that are looked up against those of every bar, and the same bits whatever the threads and vector unit.
#include "core/metrics/measure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <mutex>

#include "core/engine/population.hpp"
#include "core/metrics/lookup.hpp"
#include "core/ruleset/language.hpp"
#include "core/simd/kernels.hpp"
#include "engine/random_cases.hpp"
#include "metrics_support.hpp"
#include "support/scale.hpp"

namespace evolve::test {
namespace {

MetricSet looked_up() {
    MetricSet result = 0;
    for (std::size_t i = 0; i < metric_fields().size(); ++i)
        if (can_look_up(MetricSet{1} << i, {})) result |= MetricSet{1} << i;
    return result;
}

// Those that the common sums are enough for, which have a way of their own.
MetricSet common() {
    constexpr std::string_view names[] = {"final_equity", "volatility",    "sharpe_ratio", "sortino_ratio",
                                          "max_drawdown", "profit_factor", "exposure",     "recovery_factor",
                                          "fees_paid",    "total_trades",  "expectancy",   "sqn"};
    return metric_set(names);
}

// What a difference of 1e-12 of the sums behind a figure means for the figure.
double scale_of(std::string_view name, const Metrics& m, const BacktestOptions& options) {
    const double root = std::sqrt(options.periods_per_year);
    if (name == "sharpe_ratio" || name == "sortino_ratio") return 10 * root;
    if (name == "t_stat") return std::sqrt(static_cast<double>(m.bars));
    if (name == "calmar_ratio") return 1 / std::fabs(m.max_drawdown);
    if (name == "recovery_factor") return 1 / std::fabs(m.max_drawdown);
    return 1;
}

std::size_t compare(const Metrics& actual, const Metrics& expected, const BacktestOptions& options,
                    const std::string& what) {
    std::size_t defined = 0;
    for (const MetricField& field : metric_fields()) {
        if (field.count != nullptr) {
            if (field.name != "max_drawdown_bars") {
                EXPECT_EQ(actual.*field.count, expected.*field.count) << field.name << " of " << what;
            }
            continue;
        }
        const double a = actual.*field.number, b = expected.*field.number;
        if (std::isnan(b)) {
            EXPECT_TRUE(std::isnan(a)) << field.name << " of " << what << ": " << a;
            continue;
        }
        ++defined;
        // A return is a quotient around 1, less 1: of small returns the last digits are rounding in both.
        const double rounding = 2e-15 * std::sqrt(options.periods_per_year) / expected.volatility;
        const double relative = std::max(1e-12, std::isfinite(rounding) ? rounding : 0);
        const double allowed = relative * std::max(std::fabs(b), scale_of(field.name, expected, options));
        EXPECT_LE(std::fabs(a - b), allowed) << field.name << " of " << what << ": " << a << ", by bars " << b;
    }
    return defined;
}

TEST(Measure, LookedUpAgreesWithEveryBar) {
    std::size_t found = 0, defined = 0, with_trades = 0;
    for (std::size_t i = 0; i < 3'000; ++i) {
        Random random(51, i);
        const Bars bars = random_bars(random, static_cast<std::size_t>(random.between(1, i % 5 == 0 ? 4000 : 400)));
        RandomRules rules(random);
        Ruleset ruleset = rules.ruleset();
        BacktestOptions options = rules.options();
        if (random.chance(0.6)) {  // all of the account in longs: what is looked up most
            ruleset.direction = Direction::long_only;
            ruleset.sizing = options.sizing = std::nullopt;
        }
        if (random.chance(0.5)) options.risk_free = 0.03;
        const MetricSet wanted = i % 2 == 0 ? looked_up() : common();
        const SeriesIndex index(bars.view(), options, wanted, {});
        const Backtest run = backtest(ruleset, bars.view(), options);
        const Metrics expected = compute_metrics(run, bars.view(), options, 0, bars.size(), wanted, {});
        std::optional<Metrics> actual;
        const auto look_up = [&](std::size_t, Journal&& journal) {
            if (bars.size() < 2 || !index.usable()) return;
            Lookup lookup(index, bars.view(), options, wanted, {});
            lookup.look(journal.holdings, journal.trades);
            actual = lookup.finish();
        };
        run_population({&ruleset, 1}, bars.view(), options, {}, follow_to_the_end(look_up));
        if (actual) {
            ++found;
            with_trades += !run.trades.empty();
            defined += compare(*actual, expected, options, "case " + std::to_string(i));
        }
        measure_many({&ruleset, 1}, bars.view(), options, wanted, {}, [&](std::size_t, const Metrics& metrics) {
            compare(metrics, expected, options, "case " + std::to_string(i));
        });
        if (HasFailure()) return;
    }
    EXPECT_GT(found, 1'500u);
    EXPECT_GT(with_trades, 1'000u);
    EXPECT_GT(defined, 20'000u);
}

std::vector<std::uint64_t> bits_of(const Metrics& metrics) {
    std::vector<std::uint64_t> result;
    for (const MetricField& field : metric_fields())
        result.push_back(field.number != nullptr ? std::bit_cast<std::uint64_t>(metrics.*field.number)
                                                 : static_cast<std::uint64_t>(metrics.*field.count));
    return result;
}

TEST(Measure, TheSameBitsOnEveryPathAndAnyThreads) {
    const std::size_t rounds = std::max<std::size_t>(1, scaled(3));
    for (std::size_t round = 0; round <= rounds; ++round) {
        Random random(52, round);
        const Bars bars = random_bars(random, 1500);
        std::vector<Ruleset> population;
        for (int i = 0; i < 70; ++i) population.push_back(RandomRules(random).ruleset());
        for (int i = 0; i < 10; ++i) population.push_back(population[static_cast<std::size_t>(i)]);
        const BacktestOptions options = RandomRules(random).options();
        const MetricSet wanted = round < rounds ? looked_up() : common();
        std::vector<std::vector<std::uint64_t>> first;
        for (const Kernels* path : available_kernels()) {
            use_kernels(path);
            for (const unsigned threads : {1u, 2u, 3u, 5u}) {
                // With half of the least, what metrics are looked up in does not fit.
                for (const std::size_t limit : {std::size_t{256} << 20, std::size_t{2} << 20, std::size_t{120'000}}) {
                    std::vector<std::vector<std::uint64_t>> results(population.size());
                    measure_many(population, bars.view(), options, wanted,
                                 {.poll = nullptr, .threads = threads, .memory_limit = limit},
                                 [&](std::size_t i, const Metrics& metrics) { results[i] = bits_of(metrics); });
                    if (first.empty()) first = results;
                    ASSERT_EQ(results, first) << path->name << ", " << threads << " threads, " << limit << " bytes";
                }
            }
        }
        use_kernels(nullptr);
    }
}

TEST(Measure, SideBySideOrAlone) {
    for (std::size_t round = 0; round < std::max<std::size_t>(4, scaled(16)); ++round) {
        Random random(54, round);
        // Bars that end within a stretch, of one bar, and of several stretches.
        const Bars bars = random_bars(random, round == 0 ? 13'000 : round == 1 ? 1 : 1 + random.below(5000));
        std::vector<Ruleset> population;
        for (int i = 0; i < 40; ++i) {
            Ruleset ruleset = RandomRules(random).ruleset();
            if (random.chance(0.6)) {
                ruleset.direction = Direction::long_only;
                ruleset.sizing = std::nullopt;
            }
            population.push_back(ruleset);
        }
        // Some of the same signals.
        for (std::size_t i = 0; i < 40; ++i) {
            Ruleset ruleset = population[i % 5];
            if (i % 5 < 4) {
                ruleset.direction = i % 5 == 3 ? Direction::short_only : Direction::long_only;
                ruleset.sizing = std::nullopt;
            }
            population.push_back(RandomRules(random).variant(ruleset));
        }
        BacktestOptions options;
        options.slippage = random.chance(0.5) ? 0.0005 : 0;
        options.stop_on_entry_bar = random.chance(0.5);
        if (random.chance(0.5)) options.risk_free = 0.03;
        if (round % 4 == 3) options.fee_rate = 0.9;  // soon there is next to nothing left
        use_kernels(available_kernels()[round % available_kernels().size()]);
        for (const MetricSet wanted : {looked_up(), common()}) {
            std::vector<std::vector<std::uint64_t>> together(population.size());
            measure_many(population, bars.view(), options, wanted, {},
                         [&](std::size_t i, const Metrics& metrics) { together[i] = bits_of(metrics); });
            for (std::size_t i = 0; i < population.size(); ++i)
                measure_many(
                    {&population[i], 1}, bars.view(), options, wanted, {}, [&](std::size_t, const Metrics& metrics) {
                        const std::string what = "round " + std::to_string(round) + ", ruleset " + std::to_string(i);
                        EXPECT_EQ(together[i], bits_of(metrics)) << what;
                        if (options.fee_rate == 0.9) return;  // money of a digit or two has no exact returns
                        const Backtest run = backtest(population[i], bars.view(), options);
                        compare(metrics, compute_metrics(run, bars.view(), options, 0, bars.size(), wanted, {}),
                                options, what);
                    });
            if (HasFailure()) return;
        }
    }
    use_kernels(nullptr);
}

TEST(Measure, OnlyWhatIsWanted) {
    Random random(53, 0);
    const Bars bars = random_bars(random, 500);
    const Ruleset ruleset = parse_ruleset(R"j({"entry": "close > open", "exit": "close < open"})j");
    constexpr std::string_view names[] = {"sharpe_ratio", "var_95"};
    const Metrics all = compute_metrics(backtest(ruleset, bars.view(), {}), bars.view(), {});
    measure_many({&ruleset, 1}, bars.view(), {}, metric_set(names), {}, [&](std::size_t, const Metrics& metrics) {
        EXPECT_EQ(metrics.sharpe_ratio, all.sharpe_ratio);
        EXPECT_EQ(metrics.var_95, all.var_95);
        EXPECT_TRUE(std::isnan(metrics.total_return));
        EXPECT_TRUE(std::isnan(metrics.max_drawdown));
        EXPECT_EQ(metrics.total_trades, 0);
        EXPECT_EQ(metrics.bars, 500);
    });
    constexpr std::string_view wrong[] = {"sharp_ratio"};
    EXPECT_THROW(metric_set(wrong), Error);
    measure_many({&ruleset, 1}, Bars{}.view(), {}, every_metric, {},
                 [](std::size_t, const Metrics& metrics) { EXPECT_EQ(metrics.bars, 0); });
}

// Falls inside a stretch, across stretches, and after a new peak, against a walk over every value.
TEST(Descent, FallsAsDeepAsAWalkFinds) {
    for (std::size_t round = 0; round < 400; ++round) {
        Random random(54, round);
        const Bars bars =
            random_bars(random, static_cast<std::size_t>(random.between(30, round % 20 == 0 ? 60'000 : 6000)));
        const SeriesIndex index(bars.view(), {}, looked_up(), {.poll = nullptr, .threads = round % 2 == 0 ? 3u : 1u});
        ASSERT_TRUE(index.usable());
        Descent descent(index, 100);
        std::vector<double> path;
        for (std::size_t bar = 0; bar < bars.size();) {
            const std::size_t last = std::min(bars.size(), bar + 1 + random.below(random.chance(0.2) ? 3000 : 60));
            if (random.chance(0.6)) {
                const double units = 0.5 + random.uniform();
                descent.stretch(bar, last, units);
                for (std::size_t t = bar; t < last; ++t) path.push_back(units * bars.close[t]);
            } else {
                path.push_back(60 + 80 * random.uniform());
                descent.value(path.back());
            }
            bar = last;
        }
        descent.finish();
        const Drawdowns expected = drawdowns(100, path);
        EXPECT_NEAR(descent.deepest(), expected.deepest, 1e-14);
        EXPECT_NEAR(descent.deepest_money(), expected.deepest_money, 1e-11);
    }
}

// The bounds of a stretch are those of all runs of 16 bars that it touches, wherever parts were made side by side.
TEST(SeriesIndex, BoundsAreThoseOfWholeRuns) {
    Random random(55, 0);
    const Bars bars = random_bars(random, 70'000);
    for (const unsigned threads : {1u, 3u}) {
        const SeriesIndex index(bars.view(), {}, looked_up(), {.poll = nullptr, .threads = threads});
        for (int round = 0; round < 20'000; ++round) {
            const std::size_t longest = round % 10 == 0 ? 3000 : 600, first = random.below(bars.size() - longest);
            const std::size_t last = first + 1 + random.below(longest - 1);
            const auto begin = bars.close.begin() + static_cast<std::ptrdiff_t>(first / 16 * 16);
            const auto end = bars.close.begin() + static_cast<std::ptrdiff_t>((last + 15) / 16 * 16);
            const SeriesIndex::Bounds bounds = index.around(first, last);
            ASSERT_EQ(bounds.low, *std::min_element(begin, end)) << first << " to " << last;
            ASSERT_EQ(bounds.high, *std::max_element(begin, end)) << first << " to " << last;
        }
    }
}

}  // namespace
}  // namespace evolve::test
