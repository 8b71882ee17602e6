// What holds for every ruleset, on many at random.
#include <set>

#include "core/ruleset/canonical.hpp"
#include "core/ruleset/generate.hpp"
#include "ruleset/ruleset_support.hpp"
#include "support/scale.hpp"

namespace evolve::test {
namespace {

const std::uint64_t many = test::scaled(100'000);

// A few nodes to many.
GeneratorOptions options_of(std::uint64_t seed) { return {.nodes = 3 + seed % 25, .depth = 5 + seed % 8}; }

TEST(Generated, RoundTripsAreExactAndCanonicalIsIdempotent) {
    for (std::uint64_t seed = 0; seed < many; ++seed) {
        Random random(seed);
        const Ruleset ruleset = random_ruleset(random, options_of(seed));
        try {
            // tree → JSON → tree, tree → text → tree
            const std::string tree = to_json(ruleset).dump(), text = to_json(ruleset, Form::text).dump();
            ASSERT_EQ(parse_ruleset(tree), ruleset) << tree;
            const Ruleset from_text = parse_ruleset(text);
            ASSERT_EQ(from_text, ruleset) << text;
            // text → tree → text
            ASSERT_EQ(to_json(from_text, Form::text).dump(), text);
            const Ruleset once = canonical(ruleset);
            ASSERT_EQ(canonical(once), once) << text;
            if (seed % 4 != 0) continue;
            validate(once);
            ASSERT_EQ(parse_ruleset(to_json(once, Form::text).dump()), once) << text;
            ASSERT_EQ(fingerprint(once), fingerprint(ruleset)) << text;
            const Ruleset bound = bind_parameters(ruleset);
            const Node& entry = bound.long_side.entry ? *bound.long_side.entry : *bound.short_side.entry;
            const Node low = lowered(entry);
            ASSERT_EQ(lowered(low), low) << to_text(entry);
            ASSERT_EQ(lowered(canonical(entry)), low) << to_text(entry);
            ASSERT_EQ(check_units(low, {}), Unit::condition);
        } catch (const Error& error) {
            FAIL() << error.where() << ": " << error.message() << "\n" << to_json(ruleset, Form::text);
        }
    }
}

void count_ops(const Node& node, std::set<Op>& ops, std::set<std::string>& outputs) {
    ops.insert(node.op);
    if (node.op == Op::lag && is_condition(node.args[0].op)) outputs.insert("lag of a condition");
    if (node.op == Op::indicator) {
        outputs.insert(node.name + "." + std::string(find_indicator(node.name)->outputs[node.output].name));
    }
    for (const Node& arg : node.args) count_ops(arg, ops, outputs);
}

TEST(Generated, EverythingOfTheLanguageOccurs) {
    std::set<Op> ops;
    std::set<std::string> outputs;
    std::set<std::string> keys;
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        Random random(seed);
        const Ruleset ruleset = random_ruleset(random);
        for_each_root(ruleset, [&](const Node& root, const char*) { count_ops(root, ops, outputs); });
        const nlohmann::json written = to_json(ruleset);
        for (const auto& [key, value] : written.items()) keys.insert(key);
    }
    for (int op = 0; op <= static_cast<int>(Op::logical_not); ++op) {
        EXPECT_TRUE(ops.count(static_cast<Op>(op)) == 1) << op_name(static_cast<Op>(op)) << " " << op;
    }
    for (const Indicator* indicator : all_indicators()) {
        for (const Output& output : indicator->outputs) {
            const std::string name = std::string(indicator->name) + "." + std::string(output.name);
            EXPECT_TRUE(outputs.count(name) == 1) << name;
        }
    }
    EXPECT_TRUE(outputs.count("lag of a condition") == 1);
    EXPECT_EQ(keys.size(), 13u);
}

TEST(Generated, UnitsAreAsWanted) {
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        Random random(seed);
        for (const Unit unit : {Unit::number, Unit::price, Unit::volume, Unit::ratio, Unit::oscillator}) {
            const Node node = random_number(random, unit, options_of(seed));
            ASSERT_EQ(check_units(node, {}), unit) << to_text(node);
        }
        ASSERT_EQ(check_units(random_condition(random, options_of(seed)), {}), Unit::condition);
    }
}

std::size_t nodes_of(const Node& node) {
    std::size_t count = 1;
    for (const Node& arg : node.args) count += nodes_of(arg);
    return count;
}

TEST(Generated, SizesAreAboutAsWanted) {
    for (const std::size_t wanted : {8u, 20u, 60u}) {
        std::size_t sum = 0;
        for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
            Random random(seed);
            sum += nodes_of(random_condition(random, {.nodes = wanted}));
        }
        const double mean = static_cast<double>(sum) / 2'000;
        EXPECT_GT(mean, 0.4 * static_cast<double>(wanted));
        EXPECT_LT(mean, 1.6 * static_cast<double>(wanted));
    }
}

TEST(Generated, DependOnTheSeedAlone) {
    std::set<std::string> texts;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed), same(seed);
        const Ruleset ruleset = random_ruleset(random, options_of(seed));
        EXPECT_EQ(random_ruleset(same, options_of(seed)), ruleset);
        EXPECT_EQ(random.next_u64(), same.next_u64());
        texts.insert(to_json(ruleset).dump());
    }
    EXPECT_EQ(texts.size(), 300u);
}

}  // namespace
}  // namespace evolve::test
