// The registry as parser, documentation and mutation rely on it.
#include <filesystem>
#include <set>

#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

TEST(Registry, IsOrderedAndHasWhatTheFolderHas) {
    const auto all = all_indicators();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto* a, auto* b) { return a->name < b->name; }));
    std::set<std::string> files, names;
    for (const auto& entry : std::filesystem::directory_iterator(EVOLVE_SOURCE_DIR "/src/core/indicators/library")) {
        files.insert(entry.path().stem().string());
    }
    for (const Indicator* indicator : all) names.emplace(indicator->name);
    EXPECT_EQ(names, files) << "an indicator's name is its file's";
    EXPECT_EQ(names.size(), all.size());
}

TEST(Registry, FindsByNameAndAliasInAnyCase) {
    EXPECT_EQ(find_indicator("sma")->name, "sma");
    EXPECT_EQ(find_indicator("PLUS_DI")->name, "plus_di");
    EXPECT_EQ(find_indicator("highest")->name, "max");
    EXPECT_EQ(find_indicator("Lowest")->name, "min");
    EXPECT_EQ(find_indicator("smaa"), nullptr);
    EXPECT_EQ(find_indicator("sm"), nullptr);
    EXPECT_EQ(find_indicator(""), nullptr);
}

TEST(Registry, NamesAndAliasesAreUnique) {
    std::set<std::string_view> seen;
    for (const Indicator* indicator : all_indicators()) {
        EXPECT_TRUE(seen.insert(indicator->name).second) << indicator->name;
        for (const auto alias : indicator->aliases) EXPECT_TRUE(seen.insert(alias).second) << alias;
    }
}

TEST(Registry, DescriptionsAreComplete) {
    for (const Indicator* indicator : all_indicators()) {
        SCOPED_TRACE(indicator->name);
        EXPECT_FALSE(indicator->title.empty());
        EXPECT_TRUE(indicator->description.ends_with('.'));
        EXPECT_FALSE(to_string(indicator->family).empty());
        ASSERT_FALSE(indicator->outputs.empty());
        std::set<std::string_view> outputs;
        for (const Output& output : indicator->outputs) {
            EXPECT_TRUE(outputs.insert(output.name).second);
            EXPECT_FALSE(to_string(output.unit).empty());
            EXPECT_TRUE(!output.unit_of_input || indicator->takes_series());
        }
        // Without a series of its own an indicator must read the bars.
        EXPECT_TRUE(indicator->takes_series() || indicator->reads_bars);
        ASSERT_NE(indicator->warm_up, nullptr);
        ASSERT_NE(indicator->compute == nullptr, indicator->compute_many == nullptr) << "one of the two";
    }
}

TEST(Registry, ArgumentsHaveSensibleDomains) {
    for (const Indicator* indicator : all_indicators()) {
        std::set<std::string_view> names;
        bool had_choice = false;
        for (const Argument& argument : indicator->arguments) {
            SCOPED_TRACE(std::string(indicator->name) + " " + std::string(argument.name));
            EXPECT_TRUE(names.insert(argument.name).second);
            EXPECT_FALSE(argument.text.empty());
            EXPECT_EQ(argument.kind == ArgKind::series,
                      &argument == indicator->arguments.data() && indicator->takes_series());
            if (argument.kind == ArgKind::series) continue;
            EXPECT_LE(argument.minimum, argument.standard);
            EXPECT_LE(argument.standard, argument.maximum);
            const bool choice = argument.kind == ArgKind::choice;
            EXPECT_FALSE(had_choice && !choice) << "types of moving average come last";
            had_choice = choice;
            EXPECT_EQ(choice, !argument.choices.empty());
            if (choice) {
                EXPECT_EQ(argument.maximum, static_cast<double>(argument.choices.size() - 1));
            }
            if (argument.kind == ArgKind::integer) {
                EXPECT_TRUE(argument.minimum == 1 || argument.minimum == 2);
                EXPECT_EQ(argument.maximum, 10000);
            }
        }
        if (indicator->refuse != nullptr) {
            EXPECT_EQ(indicator->refuse(standard_arguments(*indicator)), "");
        }
    }
}

TEST(Registry, MacdRefusesAFastAverageThatIsNotFaster) {
    const Indicator& macd = indicator_named("macd");
    EXPECT_NE(macd.refuse(std::vector<double>{26, 12, 9}), "");
    EXPECT_NE(macd.refuse(std::vector<double>{12, 12, 9}), "");
    EXPECT_EQ(macd.refuse(std::vector<double>{11, 12, 9}), "");
}

// The short calls that are promised: a name, its arguments' defaults, its lines.
TEST(Registry, DefaultsAndLines) {
    const auto defaults = [](const char* name) { return standard_arguments(indicator_named(name)); };
    const auto lines = [](const char* name) {
        std::vector<std::string_view> names;
        for (const Output& output : indicator_named(name).outputs) names.push_back(output.name);
        return names;
    };
    using Lines = std::vector<std::string_view>;
    EXPECT_EQ(defaults("rsi"), (std::vector<double>{14}));
    EXPECT_EQ(defaults("bbands"), (std::vector<double>{20, 2, 2, 0}));
    EXPECT_EQ(defaults("stoch"), (std::vector<double>{5, 3, 3, 0, 0}));
    EXPECT_EQ(defaults("stochf"), (std::vector<double>{5, 3, 0}));
    EXPECT_EQ(defaults("macd"), (std::vector<double>{12, 26, 9}));
    EXPECT_EQ(defaults("sar"), (std::vector<double>{0.02, 0.2}));
    EXPECT_EQ(lines("macd"), (Lines{"macd", "signal", "histogram"}));
    EXPECT_EQ(lines("bbands"), (Lines{"upper", "middle", "lower"}));
    EXPECT_EQ(lines("donchian"), (Lines{"upper", "middle", "lower"}));
    EXPECT_EQ(lines("stoch"), (Lines{"k", "d"}));
    EXPECT_EQ(lines("stochf"), (Lines{"k", "d"}));
    EXPECT_EQ(lines("aroon"), (Lines{"down", "up"}));
}

}  // namespace
}  // namespace evolve::test
