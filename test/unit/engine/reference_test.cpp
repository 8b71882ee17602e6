// The engine against the slow reference, to the last bit of every trade and equity.
#include "reference_engine.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/ruleset/generate.hpp"
#include "random_cases.hpp"

namespace evolve::test {
namespace {

struct Coverage {
    std::size_t trades = 0, rules_with_trades = 0;
    std::size_t reasons[7] = {};
    std::size_t entry_bar_exits = 0;

    void count(const Backtest& result) {
        trades += result.trades.size();
        rules_with_trades += !result.trades.empty();
        for (const Trade& trade : result.trades) {
            ++reasons[static_cast<std::size_t>(trade.exit_reason)];
            entry_bar_exits += trade.entry_bar == trade.exit_bar && !trade.is_open();
        }
    }
};

TEST(Reference, AgreesOnGeneratedRulesets) {
    constexpr std::size_t cases = 10'000;
    Coverage coverage;
    for (std::size_t i = 0; i < cases; ++i) {
        Random random(20240501, i);
        const Bars bars = random_bars(random, static_cast<std::size_t>(random.between(1, 320)));
        RandomRules rules(random);
        // Rules of two makers: the small ranges of this folder, and the language's own generator.
        Ruleset ruleset = rules.ruleset();
        if (i % 2 == 1) {
            const Ruleset made = random_ruleset(random, {.nodes = 12, .depth = 6, .longest_period = 20});
            ruleset.long_side = made.long_side;
            ruleset.short_side = made.short_side;
            ruleset.direction = made.direction;
            ruleset.parameters = made.parameters;
            if (i % 4 == 3) ruleset = made;
        }
        const BacktestOptions options = rules.options();
        const Backtest expected = reference_backtest(ruleset, bars.view(), options);
        const Backtest actual = backtest(ruleset, bars.view(), options);
        ASSERT_EQ(difference(actual, expected), "") << "case " << i << ": " << to_json(ruleset, Form::text).dump(1);
        coverage.count(actual);
    }
    // The agreement means nothing where nothing happens.
    EXPECT_GT(coverage.trades, cases * 3);
    EXPECT_GT(coverage.rules_with_trades, cases / 2);
    for (const std::size_t reason : coverage.reasons) EXPECT_GT(reason, 500u);
    EXPECT_GT(coverage.entry_bar_exits, 500u);
    RecordProperty("trades", static_cast<int>(coverage.trades));
    std::printf(
        "%zu cases, %zu trades; open %zu, signal %zu, reversal %zu, stop %zu, target %zu, trailing %zu, max_bars %zu\n",
        cases, coverage.trades, coverage.reasons[0], coverage.reasons[1], coverage.reasons[2], coverage.reasons[3],
        coverage.reasons[4], coverage.reasons[5], coverage.reasons[6]);
}

// Rules that share their signals are run as a bundle: few or more than a word has bits, of one side or of both.
TEST(Reference, AgreesOnRulesOfTheSameSignals) {
    Coverage coverage;
    for (std::size_t round = 0; round < 120; ++round) {
        Random random(20261122, round);
        const Bars bars =
            random_bars(random, static_cast<std::size_t>(random.between(1, round % 20 == 0 ? 9000 : 400)));
        RandomRules rules(random);
        std::vector<Ruleset> bases, population;
        for (int i = 0; i < 3; ++i) {
            bases.push_back(rules.ruleset());
            bases.back().sizing = std::nullopt;
            if (i < 2) bases.back().direction = i == 0 ? Direction::long_only : Direction::short_only;
        }
        const std::size_t count = round % 10 == 0 ? 150 : 1 + random.below(30);
        while (population.size() < count) population.push_back(rules.variant(bases[random.below(3)]));
        BacktestOptions options = rules.options();
        if (random.chance(0.8)) {
            options.fill = Fill::next_open;
            options.sizing = std::nullopt;
        }
        backtest_many(population, bars.view(), options, {}, [&](std::size_t i, Backtest&& actual) {
            EXPECT_EQ(difference(actual, reference_backtest(population[i], bars.view(), options)), "")
                << "round " << round << ": " << to_json(population[i], Form::text).dump(1);
            coverage.count(actual);
        });
        if (HasFailure()) return;
    }
    EXPECT_GT(coverage.trades, 20'000u);
    for (const ExitReason reason :
         {ExitReason::open, ExitReason::signal, ExitReason::stop_loss, ExitReason::take_profit, ExitReason::max_bars})
        EXPECT_GT(coverage.reasons[static_cast<std::size_t>(reason)], 300u) << to_string(reason);
    EXPECT_GT(coverage.entry_bar_exits, 300u);
}

TEST(Reference, AgreesOnConditions) {
    std::size_t counts[3] = {};
    for (std::size_t i = 0; i < 4'000; ++i) {
        Random random(77, i);
        const Bars bars = random_bars(random, static_cast<std::size_t>(random.between(1, 260)));
        const Node condition = RandomRules(random).condition(4);
        const auto expected = ReferenceRules(bars.view()).truths(condition);
        const auto actual = evaluate_condition(condition, bars.view());
        ASSERT_EQ(actual.size(), expected.size());
        for (std::size_t t = 0; t < actual.size(); ++t) {
            const int want = expected[t] ? (*expected[t] ? 1 : 0) : -1;
            ASSERT_EQ(actual[t], want) << "case " << i << " bar " << t << ": " << to_text(condition);
            ++counts[want + 1];
        }
    }
    for (const std::size_t count : counts) EXPECT_GT(count, 10'000u);
}

TEST(Reference, AgreesOnNumbers) {
    for (std::size_t i = 0; i < 4'000; ++i) {
        Random random(78, i);
        const Bars bars = random_bars(random, static_cast<std::size_t>(random.between(1, 260)));
        const Node number = RandomRules(random).number(4);
        const auto expected = ReferenceRules(bars.view()).numbers(number);
        const auto actual = evaluate_series(number, bars.view());
        ASSERT_EQ(actual.size(), expected.size());
        for (std::size_t t = 0; t < actual.size(); ++t) {
            ASSERT_EQ(!std::isnan(actual[t]), expected[t].has_value())
                << "case " << i << " bar " << t << ": " << to_text(number);
            if (expected[t]) {
                ASSERT_EQ(actual[t], *expected[t]) << "case " << i << " bar " << t << ": " << to_text(number);
            }
        }
    }
}

}  // namespace
}  // namespace evolve::test
