#include <gtest/gtest.h>

#include <map>

#include "core/genetics/changes.hpp"
#include "core/genetics/similarity.hpp"
#include "core/genetics/walk.hpp"
#include "core/ruleset/truth.hpp"
#include "genetics/generated.hpp"

namespace evolve {
namespace {

using test::json;

Parent parent_of(const std::string& text, const std::string& id, double score) {
    Parent parent = test::as_parent(parse_ruleset(text), id);
    parent.score = parent.fitness = score;
    return parent;
}

std::vector<Parent> small_pool() {
    return {parent_of(R"_({"entry": "close > sma(close, 20)", "exit": "close < sma(close, 20)"})_", "a", 0.9),
            parent_of(R"_({"entry": "rsi(close, 14) < 30", "exit": "rsi(close, 14) > 70"})_", "b", 0.2),
            parent_of(R"_({"entry": "close rising 3", "max_bars": 5})_", "c", 0.5)};
}

TEST(NumberSiteTest, PathsPointAtTheNumbersInTheTreeForm) {
    int sites_seen = 0;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        Random random(5, i);
        Ruleset ruleset = test::random_parent(random).ruleset;
        json document = to_json(ruleset);
        for (const NumberSite& site : number_sites(ruleset)) {
            ++sites_seen;
            const json& place = test::at_path(document, site.path);
            ASSERT_TRUE(place.is_number()) << site.path << " in " << document.dump();
            EXPECT_EQ(place.get<double>(), *site.value) << site.path;
        }
    }
    EXPECT_GT(sites_seen, 10'000);
}

TEST(NumberSiteTest, DomainsAreThoseOfThePlace) {
    Ruleset ruleset = parse_ruleset(
        R"_({"entry": "rsi(close, $n) < 30 and close > sma(close, $n)", "exit": "close < close[2]",
            "stop_loss": {"pct": 5},
            "max_bars": 3, "params": {"n": {"value": 14, "min": 4, "max": 40, "step": 2}}})_");
    std::map<std::string, NumberSite> sites;
    for (const NumberSite& site : number_sites(ruleset)) sites[site.path] = site;
    ASSERT_TRUE(sites.contains("$.params.n.value"));
    const NumberSite& n = sites["$.params.n.value"];
    EXPECT_TRUE(n.whole);
    EXPECT_EQ(n.minimum, 4);
    EXPECT_EQ(n.maximum, 40);
    EXPECT_EQ(n.step, 2);
    EXPECT_EQ(moved_value(n, 14.1), 16);  // at least one step
    EXPECT_EQ(moved_value(n, 13.9), 12);
    EXPECT_EQ(moved_value(n, 19.2), 20);  // the nearest on the grid
    EXPECT_EQ(moved_value(n, 400), 40);
    const NumberSite& stop = sites.at("$.stop_loss.pct");
    EXPECT_FALSE(stop.whole);
    EXPECT_LT(stop.maximum, 100);
    EXPECT_NEAR(moved_value(stop, 5.0004), 5.05, 1e-12);  // one hundredth of the value
    EXPECT_NEAR(moved_value(stop, 5.6), 5.6, 1e-12);
    EXPECT_EQ(moved_value(sites.at("$.max_bars"), 2.9), 2);
    EXPECT_EQ(moved_value(sites.at("$.exit.args[1].args[1]"), 1.9), 1);
    NumberSite edge = sites.at("$.max_bars");
    double one = 1;
    edge.value = &one;
    EXPECT_EQ(moved_value(edge, 0.8), 2);  // the other way at the edge
}

TEST(TweakTest, WidthFollowsTheScore) {
    const TweakWidths widths;
    EXPECT_EQ(widths.width(0.8), 0.05);
    EXPECT_EQ(widths.width(0.79), 0.10);
    EXPECT_EQ(widths.width(0.6), 0.10);
    EXPECT_EQ(widths.width(0.59), 0.20);
    EXPECT_EQ(widths.width(std::numeric_limits<double>::quiet_NaN()), 0.20);
}

TEST(SimilarityTest, KnownPairs) {
    const auto of = [](const std::string& a, const std::string& b) {
        return similarity(parse_ruleset(a), parse_ruleset(b));
    };
    const std::string base = R"_({"entry": "close > sma(close, 20)"})_";
    EXPECT_EQ(of(base, R"_({"entry": {"op": "lt", "args": [{"op": "sma", "args": ["close", 20]}, "close"]}})_"), 1);
    EXPECT_EQ(of(base, R"_({"entry": "close > sma(close, $n)", "params": {"n": 20}})_"), 1);
    // ruleset, entry, direction, gt, close, sma, close, 20: eight nodes each; 20 against 30 costs 2 · 10 / 60.
    EXPECT_DOUBLE_EQ(of(base, R"_({"entry": "close > sma(close, 30)"})_"), 1 - (20.0 / 60) / 16);
    // Another name costs 2.
    EXPECT_DOUBLE_EQ(of(base, R"_({"entry": "close > ema(close, 20)"})_"), 1 - 2.0 / 16);
    // A gene that one lacks costs its nodes: max bars and its number.
    EXPECT_DOUBLE_EQ(of(base, R"_({"entry": "close > sma(close, 20)", "max_bars": 5})_"), 1 - 2.0 / 18);
    // Operands of "and" in any order.
    EXPECT_EQ(of(R"_({"entry": "close > open and volume > 5"})_", R"_({"entry": "volume > 5 and close > open"})_"), 1);
}

TEST(SimilarityTest, IsSymmetricAndBounded) {
    for (std::uint64_t i = 0; i < 2000; ++i) {
        Random random(9, i);
        const Ruleset a = test::random_parent(random).ruleset, b = test::random_parent(random).ruleset;
        const double there = similarity(a, b);
        EXPECT_EQ(there, similarity(b, a));
        EXPECT_GE(there, 0);
        EXPECT_LE(there, 1);
        EXPECT_EQ(similarity(a, a), 1);
        if (there == 1) {
            EXPECT_EQ(fingerprint(a), fingerprint(b));
        }
    }
}

TEST(TournamentTest, TheBestOfTheDrawnWins) {
    std::vector<Parent> pool = small_pool();
    std::array<int, 3> wins{};
    Random random(1);
    for (int i = 0; i < 30'000; ++i) ++wins[tournament(pool, 4, random)];
    // b wins when all four draws are b, c when none is a and not all are b.
    EXPECT_NEAR(wins[1] / 30'000.0, 1.0 / 81, 0.005);
    EXPECT_NEAR(wins[2] / 30'000.0, 15.0 / 81, 0.015);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_NE(tournament(pool, 4, random, {}, 0), 0u);
        EXPECT_NE(tournament(pool, 1, random, 2), 1u);  // an entrant is not beaten by a worse one
    }
    for (Parent& parent : pool) parent.fitness = std::numeric_limits<double>::quiet_NaN();
    EXPECT_LT(tournament(pool, 4, random), 3u);
}

TEST(BreedTest, TheSameSeedGivesTheSameChild) {
    const std::vector<Parent> pool = small_pool();
    const auto markets = test::test_markets();
    std::set<std::string> types;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto one = breed(pool, seed % 3, {}, markets, {}, {}, {}, Random(seed));
        const auto two = breed(pool, seed % 3, {}, markets, {}, {}, {}, Random(seed));
        ASSERT_TRUE(one && two);
        EXPECT_EQ(one->fingerprint, two->fingerprint);
        EXPECT_EQ(one->mutation_params, two->mutation_params);
        types.insert(one->mutation_type);
    }
    EXPECT_GE(types.size(), 5u);
}

TEST(BreedTest, NoConditionThatTheBarsDoNotDecide) {
    // Crossing and operator changes put one price in the place of another all the time.
    std::vector<Parent> pool{parent_of(R"({"entry": "close > open", "exit": "close < open"})", "a", 0.9),
                             parent_of(R"({"entry": "open > high[1]", "exit": "close < low[1]"})", "b", 0.8)};
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const auto child = breed(pool, seed % 2, {}, test::test_markets(), {}, {}, {}, Random(seed));
        if (child) {
            EXPECT_EQ(count_idle_conditions(child->ruleset), 0u) << to_json(child->ruleset);
        }
    }
    // What its author wrote does not keep a strategy from having children.
    pool.resize(1);
    pool[0] = parent_of(R"_({"entry": "rsi(14) < 30 and close > close", "exit": "rsi(14) > 60"})_", "c", 0.9);
    EXPECT_EQ(count_idle_conditions(pool[0].ruleset), 1u);
    EXPECT_TRUE(breed(pool, 0, {}, test::test_markets(), {}, {}, {}, Random(1)));
}

TEST(BreedTest, CrossoverAndMutationRatesAreKept) {
    const std::vector<Parent> pool = small_pool();
    int crossed = 0, further = 0;
    constexpr int count = 3000;
    for (int seed = 0; seed < count; ++seed) {
        const auto child =
            breed(pool, 0, {}, test::test_markets(), {}, {}, {}, Random(static_cast<std::uint64_t>(seed)));
        ASSERT_TRUE(child);
        crossed += child->parents.size() == 2;
        further += child->mutation_params.at("steps").size() > 1;
    }
    // Children that fail are bred again, so the shares are near the rates, not at them.
    EXPECT_NEAR(crossed / static_cast<double>(count), 0.7, 0.06);
    EXPECT_NEAR(further / static_cast<double>(count), 0.2, 0.05);
    BreedingRates alone;
    alone.crossover_rate = 0;
    alone.mutation_rate = 0;
    const auto child = breed(pool, 0, alone, {}, {}, {}, {}, Random(4));
    ASSERT_TRUE(child);
    EXPECT_EQ(child->parents.size(), 1u);
    EXPECT_EQ(child->mutation_params.at("steps").size(), 1u);
}

TEST(BreedTest, KnownAndTakenChildrenAreBredAgain) {
    const std::vector<Parent> pool = small_pool();
    const auto first = breed(pool, 0, {}, {}, {}, {}, {}, Random(11));
    ASSERT_TRUE(first);
    const auto not_taken = breed(pool, 0, {}, {}, {}, {}, {first->fingerprint}, Random(11));
    ASSERT_TRUE(not_taken);
    EXPECT_NE(not_taken->fingerprint, first->fingerprint);
    const auto not_known = breed(
        pool, 0, {}, {}, {}, [&](const std::string& hash) { return hash == first->fingerprint; }, {}, Random(11));
    ASSERT_TRUE(not_known);
    EXPECT_EQ(not_known->fingerprint, not_taken->fingerprint);
    int asked = 0;
    const auto none = breed(
        pool, 0, {}, {}, {},
        [&](const std::string&) {
            ++asked;
            return true;
        },
        {}, Random(11));
    EXPECT_FALSE(none);
    EXPECT_LE(asked, 50);
    EXPECT_GT(asked, 10);
}

TEST(ChildNameTest, TellsTheOriginWithoutGrowing) {
    const std::string hash = "1f03ab99", other = "aa00bb11";
    EXPECT_EQ(child_name("Golden cross", hash), "Golden cross #1f03ab");
    EXPECT_EQ(child_name("Golden cross #1f03ab", other), "Golden cross #aa00bb");
    EXPECT_EQ(child_name("Plan #9", hash), "Plan #9 #1f03ab");
    std::string name = std::string(252, 'x');
    for (int i = 0; i < 5; ++i) name = child_name(name, i % 2 ? hash : other);
    EXPECT_EQ(name.size(), 255u);
    // 255 characters of two bytes each: cut between characters.
    std::string wide;
    for (int i = 0; i < 255; ++i) wide += "é";
    const std::string cut = child_name(wide, hash);
    EXPECT_EQ(cut.size(), 247u * 2 + 8);
    EXPECT_TRUE(cut.ends_with("é #1f03ab"));
    EXPECT_EQ(child_name("", hash), " #1f03ab");
}

}  // namespace
}  // namespace evolve
