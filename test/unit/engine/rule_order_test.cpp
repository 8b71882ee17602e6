#include "core/engine/rule_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "core/engine/compile.hpp"
#include "core/engine/evaluate.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

Program crosses_of(const std::vector<std::pair<int, int>>& pairs) {
    std::vector<Ruleset> population;
    for (const auto& [a, b] : pairs)
        population.push_back(parse_ruleset(R"j({"entry": "sma(close, )j" + std::to_string(a) + ") > sma(close, " +
                                           std::to_string(b) + ")\"}"));
    return compile(population);
}

RuleOrder order_rules(const Program& program, std::size_t most_columns, std::size_t plenty) {
    std::vector<std::vector<StepId>> items;
    for (const Rule& rule : program.rules) items.push_back(roots_of({&rule, 1}));
    return order_items(program, items, most_columns, plenty, {});
}

TEST(RuleOrder, PutsRulesOfTheSameColumnsTogether) {
    // Two groups of averages, in turns.
    std::vector<std::pair<int, int>> pairs;
    for (int a = 0; a < 4; ++a)
        for (int b = a + 1; b < 4; ++b)
            for (const int group : {10, 50}) pairs.push_back({group + a, group + b});
    const Program program = crosses_of(pairs);
    const RuleOrder order = order_rules(program, 4, 7);
    ASSERT_EQ(order.rules.size(), pairs.size());
    EXPECT_EQ(std::set(order.rules.begin(), order.rules.end()).size(), pairs.size());
    EXPECT_EQ(std::count(order.begins.begin(), order.begins.end(), 1), 2);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_LT(pairs[order.rules[i]].first, 50);
        EXPECT_GE(pairs[order.rules[i + 6]].first, 50);
    }
}

// Rules that share no column: those of one indicator on one input are made together, the same arguments closest.
TEST(RuleOrder, PutsCallsOfOneIndicatorTogether) {
    std::vector<Ruleset> population;
    for (const int n : {9, 5, 8, 2, 7, 3, 6, 4})
        for (const char* indicator : {"rsi(close, ", "adx(", "rsi(high, "})
            population.push_back(
                parse_ruleset(R"j({"entry": ")j" + std::string(indicator) + std::to_string(n) + R"j() > 50"})j"));
    const Program program = compile(population);
    const RuleOrder order = order_rules(program, 8, 3);
    ASSERT_EQ(order.rules.size(), 24u);
    for (std::size_t place = 0; place < 24; ++place) {
        const std::uint32_t rule = order.rules[place];
        EXPECT_EQ(rule % 3, place / 8) << "place " << place;
        EXPECT_EQ(order.begins[place], place % 8 == 0 ? 1 : 0) << "place " << place;
        const std::string text = std::to_string(place % 8 + 2) + ")";
        EXPECT_NE(to_text(*population[rule].long_side.entry).find(text), std::string::npos) << "place " << place;
    }
}

TEST(RuleOrder, LeavesTheOrderWhereAllFit) {
    const Program program = crosses_of({{5, 10}, {30, 40}, {5, 40}});
    const RuleOrder order = order_rules(program, 2, 4);
    EXPECT_EQ(order.rules, (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(std::count(order.begins.begin(), order.begins.end(), 1), 0);
    EXPECT_EQ(order_rules(program, 2, 3).rules.size(), 3u) << "each rule alone is allowed more than there is room for";
    EXPECT_TRUE(order_rules(Program{}, 2, 3).rules.empty());
}

}  // namespace
}  // namespace evolve
