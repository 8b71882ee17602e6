// What the fingerprint promises, seen from the engine: conditions that share one have the same signals.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/ruleset/canonical.hpp"
#include "core/ruleset/generate.hpp"
#include "engine/random_cases.hpp"
#include "ruleset/rewrites.hpp"
#include "support/scale.hpp"

namespace evolve::test {
namespace {

using Fingerprint = std::function<std::string(const Node&)>;

std::string fingerprint_of_entry(const Node& condition) {
    Ruleset ruleset;
    ruleset.long_side.entry = condition;
    return fingerprint(ruleset);
}

// Small on purpose: few periods, lags and nodes, so that many of a million conditions mean the same.
Node small_condition(std::uint64_t seed) {
    Random random(seed, 5);
    return random_condition(random, {.nodes = 5 + seed % 6, .depth = 6, .longest_period = 3, .longest_lag = 2});
}

struct Findings {
    std::size_t distinct = 0;    // fingerprints
    std::size_t alike = 0;       // pairs of different trees with one fingerprint
    std::size_t violations = 0;  // of them with different signals
    std::string example;
};

Findings search(std::uint64_t count, const Fingerprint& fingerprint_function) {
    Random random(20);
    const Bars bars = random_bars(random, 300);
    std::unordered_map<std::string, std::uint64_t> first;  // fingerprint → seed
    std::unordered_set<std::string> seen;                  // trees
    Findings findings;
    for (std::uint64_t seed = 0; seed < count; ++seed) {
        const Node condition = small_condition(seed);
        const auto [place, is_new] = first.try_emplace(fingerprint_function(condition), seed);
        if (is_new) continue;
        const Node before = small_condition(place->second);
        if (condition == before || !seen.insert(to_text(condition)).second) continue;
        ++findings.alike;
        if (evaluate_condition(condition, bars.view()) == evaluate_condition(before, bars.view())) continue;
        ++findings.violations;
        findings.example = to_text(condition) + "   |   " + to_text(before);
    }
    findings.distinct = first.size();
    return findings;
}

TEST(FingerprintSignals, DifferentSignalsNeverShareAFingerprint) {
    const Findings findings = search(test::scaled(1'000'000), fingerprint_of_entry);
    EXPECT_EQ(findings.violations, 0u) << findings.example;
    EXPECT_GT(findings.distinct, test::scaled(200'000));
    EXPECT_GT(findings.alike, test::scaled(10'000));  // else nothing was compared
    RecordProperty("distinct", static_cast<int>(findings.distinct));
    RecordProperty("alike", static_cast<int>(findings.alike));
}

// The search finds a fingerprint that is only a little too coarse.
TEST(FingerprintSignals, TheSearchFindsFaults) {
    const std::function<void(Node&)> blind_to_equality = [&](Node& node) {
        if (node.op == Op::greater_equal) node.op = Op::greater;
        if (node.op == Op::less_equal) node.op = Op::less;
        for (Node& arg : node.args) blind_to_equality(arg);
    };
    const std::function<void(Node&)> blind_to_outputs = [&](Node& node) {
        node.output = 0;
        for (Node& arg : node.args) blind_to_outputs(arg);
    };
    for (const auto& blinder : {blind_to_equality, blind_to_outputs}) {
        const Findings findings = search(50'000, [&](const Node& condition) {
            Node blinded = condition;
            blinder(blinded);
            return fingerprint_of_entry(blinded);
        });
        EXPECT_GT(findings.violations, 0u);
    }
}

TEST(FingerprintSignals, RewritesKeepTheSignals) {
    Random random(3);
    const Bars bars = random_bars(random, 300);
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
        Random own(seed, 7);
        Ruleset ruleset;
        ruleset.long_side.entry = random_condition(own, {.nodes = 4 + seed % 16, .depth = 7, .longest_period = 12});
        const Node& condition = *ruleset.long_side.entry;
        const auto expected = evaluate_condition(condition, bars.view());
        ASSERT_EQ(evaluate_condition(canonical(condition), bars.view()), expected) << to_text(condition);
        ASSERT_EQ(evaluate_condition(lowered(condition), bars.view()), expected) << to_text(condition);
        const Ruleset other = bind_parameters(Rewriter(own).rewrite(ruleset));
        ASSERT_EQ(evaluate_condition(*other.long_side.entry, bars.view()), expected) << to_text(condition) << "\n"
                                                                                     << to_text(*other.long_side.entry);
    }
}

}  // namespace
}  // namespace evolve::test
