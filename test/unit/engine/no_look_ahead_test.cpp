// Cutting the future off changes nothing of the past: no rule, indicator or exit looks ahead.
#include <gtest/gtest.h>

#include <set>

#include "core/ruleset/generate.hpp"
#include "random_cases.hpp"

namespace evolve::test {
namespace {

bool same_bits(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

TEST(NoLookAhead, TradesAndEquity) {
    std::size_t closed_trades = 0;
    for (std::size_t i = 0; i < 3'000; ++i) {
        Random random(4711, i);
        const Bars bars = random_bars(random, static_cast<std::size_t>(random.between(2, 300)));
        RandomRules rules(random);
        const Ruleset ruleset = i % 2 == 0 ? rules.ruleset() : random_ruleset(random, {.longest_period = 30});
        const BacktestOptions options = rules.options();
        const Backtest whole = backtest(ruleset, bars.view(), options);
        for (int cut = 0; cut < 3; ++cut) {
            const std::size_t kept =
                static_cast<std::size_t>(random.between(1, static_cast<std::int64_t>(bars.size()) - 1));
            const Backtest past = backtest(ruleset, bars.view().slice(0, kept), options);
            SCOPED_TRACE("case " + std::to_string(i) + ", " + std::to_string(kept) + " of " +
                         std::to_string(bars.size()) + " bars");
            for (std::size_t t = 0; t < kept; ++t) {
                ASSERT_EQ(past.equity[t], whole.equity[t]) << t;
                ASSERT_EQ(past.position[t], whole.position[t]) << t;
            }
            std::size_t k = 0;
            for (; k < whole.trades.size() && !whole.trades[k].is_open() && whole.trades[k].exit_bar < kept; ++k)
                ASSERT_EQ(past.trades.at(k), whole.trades[k]);
            closed_trades += k;
            // What is left is a trade that closed later, still open here.
            ASSERT_LE(past.trades.size(), k + 1);
            if (past.trades.size() == k + 1) {
                ASSERT_TRUE(past.trades[k].is_open());
            }
        }
    }
    EXPECT_GT(closed_trades, 50'000u);
}

void expect_same_past(const Node& number, const BarsView& bars) {
    const auto whole = evaluate_series(number, bars);
    ASSERT_FALSE(std::isnan(whole.back())) << to_text(number) << " is never known";
    for (const std::size_t kept :
         {bars.size() - 1, bars.size() / 2, bars.size() / 3, std::size_t{20}, std::size_t{1}}) {
        const auto past = evaluate_series(number, bars.slice(0, kept));
        for (std::size_t t = 0; t < kept; ++t)
            ASSERT_TRUE(same_bits(past[t], whole[t]))
                << to_text(number) << " bar " << t << " of " << kept << ": " << past[t] << ", later " << whole[t];
    }
}

TEST(NoLookAhead, EveryIndicator) {
    Random random(99);
    const Bars bars = random_bars(random, 1'000);
    EXPECT_GE(all_indicators().size(), 31u);
    for (const Indicator* indicator : all_indicators()) {
        Node node{.op = Op::indicator, .value = 0, .name = std::string(indicator->name), .output = 0, .args = {}};
        for (const Argument& argument : indicator->arguments) {
            if (argument.kind == ArgKind::series)
                node.args.push_back(Node::series("close"));
            else if (argument.kind == ArgKind::choice)
                node.args.push_back({.op = Op::choice,
                                     .value = 0,
                                     .name = std::string(argument.choices[static_cast<std::size_t>(argument.standard)]),
                                     .output = 0,
                                     .args = {}});
            else
                node.args.push_back(Node::number(argument.standard));
        }
        for (std::size_t k = 0; k < indicator->outputs.size(); ++k) {
            node.output = static_cast<std::uint8_t>(k);
            expect_same_past(node, bars.view());
            if (indicator->takes_series()) {  // and on an input that itself has a warm-up
                Node nested = node;
                nested.args[0] = Node::make(Op::lag, {Node::series("hl2"), Node::number(3)});
                expect_same_past(nested, bars.view());
            }
        }
    }
}

TEST(NoLookAhead, EveryOperator) {
    std::set<Op> seen;
    for (std::size_t i = 0; i < 2'000; ++i) {
        Random random(100, i);
        const Bars bars = random_bars(random, 150);
        const Node condition = RandomRules(random).condition(3);
        const auto collect = [&](const auto& self, const Node& node) -> void {
            seen.insert(node.op);
            for (const Node& arg : node.args) self(self, arg);
        };
        collect(collect, condition);
        const auto whole = evaluate_condition(condition, bars.view());
        for (const std::size_t kept : {149u, 100u, 37u, 1u}) {
            const auto past = evaluate_condition(condition, bars.view().slice(0, kept));
            for (std::size_t t = 0; t < kept; ++t) ASSERT_EQ(past[t], whole[t]) << to_text(condition) << " bar " << t;
        }
    }
    for (int op = 0; op <= static_cast<int>(Op::logical_not); ++op)
        if (static_cast<Op>(op) != Op::parameter) {
            EXPECT_TRUE(seen.count(static_cast<Op>(op))) << "no generated rule has operator " << op;
        }
}

}  // namespace
}  // namespace evolve::test
