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

RuleOrder order_rules(const Program& program, std::size_t most_columns, std::size_t plenty, std::size_t hands = 1) {
    std::vector<std::vector<StepId>> items;
    for (const Rule& rule : program.rules) items.push_back(roots_of({&rule, 1}));
    return order_items(program, items, most_columns, plenty, hands, {});
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

// Rules of the same signals are gone together, so they stay together, and each of two threads gets every other group.
TEST(RuleOrder, DealsGroupsOfTheSameSteps) {
    const Program program = crosses_of({{5, 10}, {30, 40}, {5, 10}, {5, 40}, {30, 40}, {5, 10}, {10, 40}});
    EXPECT_EQ(order_rules(program, 2, 9).rules, (std::vector<std::uint32_t>{0, 2, 5, 1, 4, 3, 6}));
    EXPECT_EQ(order_rules(program, 2, 9, 2).rules, (std::vector<std::uint32_t>{0, 2, 5, 3, 1, 4, 6}));
    EXPECT_EQ(order_rules(program, 2, 9, 64).rules, (std::vector<std::uint32_t>{0, 2, 5, 1, 4, 3, 6}));
}

TEST(RuleOrder, ChunksBecomeSmallerForSeveralThreads) {
    RuleOrder order;
    order.rules.resize(1000);
    order.begins.assign(1000, 0);
    order.begins[300] = order.begins[990] = 1;
    for (const std::size_t threads : {1u, 2u, 16u}) {
        const std::vector<Chunk> chunks = chunks_of(order, 250, threads, false);
        std::size_t next = 0;
        std::set<std::size_t> firsts;
        for (const Chunk& chunk : chunks) {
            EXPECT_EQ(chunk.first, next);
            EXPECT_GE(chunk.count, 1u);
            EXPECT_LE(chunk.count, threads == 1 ? 250u : std::max<std::size_t>(1000 / (4 * threads), 16));
            firsts.insert(chunk.first);
            next += chunk.count;
        }
        EXPECT_EQ(next, 1000u);
        EXPECT_TRUE(firsts.contains(300) && firsts.contains(990));
        if (threads == 1) {
            EXPECT_EQ(chunks.size(), 6u);  // 250, 50, 250, 250, 190, 10
        } else {
            EXPECT_LE(chunks[chunks.size() - 2].count, 16u);
        }
    }
    EXPECT_TRUE(chunks_of(RuleOrder{}, 250, 2, false).empty());
    order.rules.resize(100);
    order.begins.assign(100, 0);
    EXPECT_EQ(chunks_of(order, 250, 2, false).size(), 8u);  // 13 each, and 9
    EXPECT_EQ(chunks_of(order, 250, 2, true).size(), 2u);
    EXPECT_EQ(chunks_of(order, 250, 64, false).size(), 100u);
    EXPECT_EQ(chunks_of(order, 250, 64, true).size(), 50u);
}

}  // namespace
}  // namespace evolve
