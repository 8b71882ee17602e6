// Every mutation on many rulesets at random: children are valid, canonical and new, and what the mutation says it
// changed is what it changed.
#include <gtest/gtest.h>

#include <cmath>

#include "core/genetics/similarity.hpp"
#include "core/genetics/walk.hpp"
#include "genetics/generated.hpp"
#include "support/scale.hpp"

namespace evolve {
namespace {

using test::json;

const int rulesets = static_cast<int>(test::scaled(10'000));  // each a parent of every kind of mutation

std::string shown(const Ruleset& ruleset) { return to_json(ruleset).dump(); }

// What holds for children of every kind.
void expect_sound(const Parent& parent, const Child& child) {
    ASSERT_NO_THROW(validate(child.ruleset)) << shown(child.ruleset);
    EXPECT_EQ(canonical(child.ruleset), child.ruleset) << shown(child.ruleset);
    EXPECT_EQ(fingerprint(child.ruleset), child.fingerprint);
    EXPECT_NE(child.fingerprint, parent.fingerprint) << shown(parent.ruleset);
    const json rebuilt = test::with_changes(to_json(parent.ruleset), child.mutation_params.at("changes"));
    EXPECT_EQ(canonical(parse_ruleset(rebuilt.dump())), child.ruleset) << shown(parent.ruleset) << "\n"
                                                                       << child.mutation_params.dump();
    EXPECT_GE(child.parents.front().similarity, 0);
    EXPECT_LT(child.parents.front().similarity, 1);
    double weights = 0;
    for (const ParentShare& share : child.parents) weights += share.weight;
    EXPECT_DOUBLE_EQ(weights, 1);
}

template <class Check>
int children_of_kind(MutationKind kind, const MutationContext& context, Check&& check) {
    int children = 0;
    for (int i = 0; i < rulesets; ++i) {
        Random random(static_cast<std::uint64_t>(kind) + 1, static_cast<std::uint64_t>(i));
        const Parent parent = test::random_parent(random);
        const auto child = mutant(std::span(&parent, 1), 0, kind, context, {}, random);
        if (!child) continue;
        ++children;
        EXPECT_EQ(child->mutation_type, to_string(kind));
        expect_sound(parent, *child);
        check(parent, *child, child->mutation_params.at("steps").at(0));
        if (testing::Test::HasFailure()) break;
    }
    return children;
}

class MutationTest : public testing::Test {
protected:
    MutationTest() { context_.markets = markets_; }
    std::vector<MarketKey> markets_ = test::test_markets();
    MutationContext context_;
};

TEST_F(MutationTest, TweaksMoveOneNumberInsideItsDomain) {
    for (const double score : {0.9, 0.7, 0.1}) {
        context_.score = score;
        const double width = context_.widths.width(score);
        const int children = children_of_kind(
            MutationKind::parameter_tweak, context_, [&](const Parent& parent, const Child& child, const json& step) {
                const json& changes = child.mutation_params.at("changes");
                ASSERT_EQ(changes.size(), 1u);
                EXPECT_EQ(changes[0].at("path"), step.at("path"));
                EXPECT_EQ(changes[0].at("old"), step.at("old"));
                EXPECT_EQ(changes[0].at("new"), step.at("new"));
                Ruleset copy = parent.ruleset;
                for (const NumberSite& site : number_sites(copy)) {
                    if (site.path != step.at("path")) continue;
                    const double before = step.at("old"), after = step.at("new");
                    EXPECT_NE(before, after);
                    EXPECT_GE(after, site.minimum);
                    EXPECT_LE(after, site.maximum);
                    if (site.whole) {
                        EXPECT_EQ(after, std::round(after));
                    }
                    const double step_width = site.step > 0 ? site.step : site.whole ? 1 : 0.011 * std::fabs(before);
                    const double most = std::max(width * std::fabs(before) + step_width / 2, step_width);
                    EXPECT_LE(std::fabs(after - before), most * (1 + 1e-3)) << step.dump() << shown(parent.ruleset);
                }
            });
        EXPECT_GT(children, rulesets * 8 / 10);
    }
}

TEST_F(MutationTest, SubstitutionsExchangeOneIndicator) {
    int rescaled = 0;
    const int children = children_of_kind(MutationKind::indicator_substitution, context_,
                                          [&](const Parent& parent, const Child& child, const json& step) {
                                              EXPECT_NE(step.at("from"), step.at("to"));
                                              EXPECT_EQ(step.at("old").at("op"), step.at("from"));
                                              EXPECT_EQ(step.at("new").at("op"), step.at("to"));
                                              json rebuilt = to_json(parent.ruleset);
                                              EXPECT_EQ(test::at_path(rebuilt, step.at("path")), step.at("old"));
                                              // The indicator, at most the literal beside it, and parameters that
                                              // nothing uses any more.
                                              std::size_t rules = 0;
                                              for (const json& change : child.mutation_params.at("changes")) {
                                                  rules +=
                                                      !change.at("path").get<std::string>().starts_with("$.params");
                                              }
                                              EXPECT_GE(rules, 1u);
                                              EXPECT_LE(rules, 2u) << child.mutation_params.dump();
                                              rescaled += rules == 2;
                                          });
    EXPECT_GT(children, rulesets * 6 / 10);
    EXPECT_GT(rescaled, 0);
}

TEST_F(MutationTest, TimeframesChangeToANeighbourThatIsThere) {
    const int children = children_of_kind(
        MutationKind::timeframe_change, context_, [&](const Parent& parent, const Child& child, const json&) {
            ASSERT_TRUE(child.ruleset.timeframe);
            EXPECT_FALSE(available_symbols(parent.ruleset, *child.ruleset.timeframe, markets_).empty());
            Ruleset same = child.ruleset;
            same.timeframe = parent.ruleset.timeframe;
            EXPECT_EQ(same, parent.ruleset);
            const Timeframe from = *effective_timeframe(parent.ruleset, markets_), to = *child.ruleset.timeframe;
            for (const Timeframe between : all_timeframes()) {
                const bool inside = (between > from && between < to) || (between < from && between > to);
                if (inside) {
                    EXPECT_TRUE(available_symbols(parent.ruleset, between, markets_).empty());
                }
            }
        });
    EXPECT_GT(children, rulesets * 8 / 10);
}

TEST_F(MutationTest, TransplantsChangeOneSymbolForOneWithTheSameTimeframe) {
    const int children =
        children_of_kind(MutationKind::cross_asset_transplant, context_,
                         [&](const Parent& parent, const Child& child, const json& step) {
                             Ruleset same = child.ruleset;
                             same.symbols = parent.ruleset.symbols;
                             EXPECT_EQ(same, parent.ruleset);
                             EXPECT_EQ(child.ruleset.symbols.size(), parent.ruleset.symbols.size());
                             const MarketKey place{step.at("to"), *effective_timeframe(parent.ruleset, markets_)};
                             EXPECT_NE(std::find(markets_.begin(), markets_.end(), place), markets_.end());
                         });
    EXPECT_GT(children, rulesets / 5);
}

TEST_F(MutationTest, InsertionsAddAndDeletionsTakeAway) {
    const int inserted = children_of_kind(
        MutationKind::rule_insertion, context_, [&](const Parent& parent, const Child& child, const json& step) {
            EXPECT_TRUE(step.contains("inserted") || step.at("old").is_null());
            EXPECT_GT(to_json(child.ruleset).dump().size(), to_json(parent.ruleset).dump().size());
        });
    EXPECT_GT(inserted, rulesets * 8 / 10);
    const int deleted = children_of_kind(
        MutationKind::rule_deletion, context_, [&](const Parent& parent, const Child& child, const json& step) {
            EXPECT_TRUE(step.contains("deleted"));
            EXPECT_LT(to_json(child.ruleset).dump().size(), to_json(parent.ruleset).dump().size());
        });
    EXPECT_GT(deleted, rulesets * 4 / 10);
}

TEST_F(MutationTest, NothingIsInsertedIntoALargeRuleset) {
    context_.max_nodes = 1;
    EXPECT_EQ(children_of_kind(MutationKind::rule_insertion, context_, [](auto&&...) {}), 0);
}

TEST_F(MutationTest, OperatorsChangeWithinTheirKind) {
    const int children = children_of_kind(MutationKind::operator_change, context_,
                                          [&](const Parent& parent, const Child&, const json& step) {
                                              EXPECT_NE(step.at("old"), step.at("new"));
                                              json document = to_json(parent.ruleset);
                                              EXPECT_EQ(test::at_path(document, step.at("path")), step.at("old"));
                                          });
    EXPECT_GT(children, rulesets * 6 / 10);
}

TEST_F(MutationTest, CrossoversMixTwoParents) {
    int children = 0, renamed = 0, subtrees = 0, genes = 0;
    for (int i = 0; i < rulesets; ++i) {
        Random random(77, static_cast<std::uint64_t>(i));
        const Parent pool[] = {test::random_parent(random), test::random_parent(random)};
        const auto child = cross(pool, 0, 1, {}, random);
        if (!child) continue;
        ++children;
        EXPECT_EQ(child->mutation_type, "crossover");
        ASSERT_EQ(child->parents.size(), 2u);
        EXPECT_NE(child->fingerprint, pool[1].fingerprint);
        expect_sound(pool[0], *child);
        const json& step = child->mutation_params.at("steps").at(0);
        renamed += step.contains("renamed");
        subtrees += step.contains("from_path");
        genes += step.contains("genes");
        EXPECT_EQ(child->ruleset.symbols, pool[0].ruleset.symbols);
        EXPECT_EQ(child->ruleset.timeframe, pool[0].ruleset.timeframe);
        // No parameter is left that the child does not use, unless the parent had it idle already.
        const auto used = used_parameters(child->ruleset);
        for (const auto& [name, parameter] : child->ruleset.parameters) {
            const bool idle = std::find(used.begin(), used.end(), name) == used.end();
            if (idle) {
                EXPECT_TRUE(pool[0].ruleset.parameters.contains(name)) << name;
            }
        }
        if (HasFailure()) break;
    }
    EXPECT_GT(children, rulesets * 6 / 10);
    EXPECT_GT(renamed, rulesets / 100);
    EXPECT_GT(subtrees, rulesets / 5);
    EXPECT_GT(genes, rulesets / 5);
}

TEST(CrossoverTest, ARenamedParameterKeepsItsMeaningAndItsShortName) {
    const Ruleset first = parse_ruleset(
        R"_({"entry": "close > sma(close, $n)", "exit": "close < sma(close, $n)", "params": {"n": 20, "n_2": 5},
            "max_bars": {"param": "n_2"}})_");
    const Ruleset second = parse_ruleset(
        R"_({"entry": "close > ema(close, $n_2)", "exit": "close < ema(close, $n_2)", "params": {"n_2": 50}})_");
    const Parent pool[] = {test::as_parent(first, "a"), test::as_parent(second, "b")};
    bool seen = false;
    for (std::uint64_t seed = 0; seed < 200 && !seen; ++seed) {
        Random random(seed);
        const auto child = cross(pool, 0, 1, {}, random);
        if (!child || !child->mutation_params.at("steps").at(0).contains("renamed")) continue;
        seen = true;
        EXPECT_EQ(child->mutation_params.at("steps").at(0).at("renamed"), json({{"n_2", "n_3"}}));
        EXPECT_EQ(child->ruleset.parameters.at("n_3").value, 50);
    }
    EXPECT_TRUE(seen);
}

TEST(DeletionTest, AWayOutOfThePositionRemains) {
    const Parent parent =
        test::as_parent(parse_ruleset(R"_({"entry": "close > open", "exit": "close < open", "max_bars": 5})_"));
    int without_exit = 0, without_limit = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Random random(seed);
        const auto child = mutant(std::span(&parent, 1), 0, MutationKind::rule_deletion, {}, {}, random);
        ASSERT_TRUE(child);
        without_exit += !child->ruleset.long_side.exit;
        without_limit += !child->ruleset.max_bars;
        Parent next = test::as_parent(child->ruleset);
        EXPECT_FALSE(mutant(std::span(&next, 1), 0, MutationKind::rule_deletion, {}, {}, random));
    }
    EXPECT_GT(without_exit, 20);
    EXPECT_GT(without_limit, 20);
    EXPECT_EQ(without_exit + without_limit, 100);
}

}  // namespace
}  // namespace evolve
