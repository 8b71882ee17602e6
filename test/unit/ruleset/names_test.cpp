// Names, typing errors, and the table of operators.
#include "core/ruleset/names.hpp"

#include <array>
#include <set>

#include "core/ruleset/operators.hpp"
#include "core/ruleset/text_lexer.hpp"
#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

TEST(Names, Nearest) {
    constexpr std::array<std::string_view, 6> names{"sma", "ema", "crosses_above", "close", "stop_loss", "rsi"};
    EXPECT_EQ(nearest_name("smaa", names), "sma");
    EXPECT_EQ(nearest_name("SAM", names), "sma");  // a swap is one error
    EXPECT_EQ(nearest_name("cross_above", names), "crosses_above");
    EXPECT_EQ(nearest_name("stoploss", names), "stop_loss");
    EXPECT_EQ(nearest_name("colse", names), "close");
    EXPECT_EQ(nearest_name("qqq", names), "");
    EXPECT_EQ(nearest_name("", names), "");
    EXPECT_EQ(nearest_name(std::string(65, 's'), names), "");
    EXPECT_EQ(nearest_name("x", std::array<std::string_view, 1>{"y"}), "");  // shares nothing
}

TEST(Names, InQuotes) {
    EXPECT_EQ(in_quotes("a\tb\x7F"), "\"a?b?\"");
    EXPECT_EQ(in_quotes("h\xC3\xA9"), "\"h\xC3\xA9\"");
    // truncated, overlong, surrogate, beyond Unicode, lone continuation
    EXPECT_EQ(in_quotes("\xC3"), "\"?\"");
    EXPECT_EQ(in_quotes("\xC0\x80"), "\"??\"");
    EXPECT_EQ(in_quotes("\xE0\x80\x80"), "\"???\"");
    EXPECT_EQ(in_quotes("\xED\xA0\x80"), "\"???\"");
    EXPECT_EQ(in_quotes("\xF4\x90\x80\x80"), "\"????\"");
    EXPECT_EQ(in_quotes("\xF0\x9F\x98\x80 \x80"), "\"\xF0\x9F\x98\x80 ?\"");
}

TEST(Names, Listed) {
    constexpr std::array<std::string_view, 3> words{"a", "b", "c"};
    EXPECT_EQ(listed(words), "a, b and c");
    EXPECT_EQ(listed(words, " or "), "a, b or c");
    EXPECT_EQ(listed(std::span(words).first(1)), "a");
}

TEST(Names, OfParameters) {
    for (const char* name : {"a", "_", "fast_2", "a23456789012345678901234567890123456789012345678901234567890123"}) {
        EXPECT_TRUE(is_parameter_name(name)) << name;
    }
    for (const char* name : {"", "2a", "Fast", "a-b", "a b", "\xC3\xA9",
                             "a234567890123456789012345678901234567890123456789012345678901234"}) {
        EXPECT_FALSE(is_parameter_name(name)) << name;
    }
}

TEST(Names, OfOperatorsIndicatorsAndSeriesDoNotClash) {
    std::set<std::string_view> seen;
    const auto add = [&](std::string_view name) { EXPECT_TRUE(seen.insert(name).second) << name; };
    for (const Operator& known : all_operators()) {
        add(known.name);
        for (const std::string_view alias : known.aliases) add(alias);
        EXPECT_EQ(find_operator(known.name), &known);
        EXPECT_EQ(op_name(known.op), known.name);
        EXPECT_EQ(operator_of(known.op), &known);
        EXPECT_EQ(mirrored(mirrored(known.op)), known.op);
        if (is_comparison(known.op)) {
            EXPECT_EQ(opposite(opposite(known.op)), known.op);
        }
    }
    for (const Indicator* indicator : all_indicators()) {
        add(indicator->name);
        for (const std::string_view alias : indicator->aliases) add(alias);
    }
    for (const std::string_view series : all_series()) add(series);
    for (const char* word : {"cross", "crosses"}) add(word);  // words of the text form
    EXPECT_EQ(operator_of(Op::series), nullptr);
    EXPECT_EQ(op_name(Op::indicator), "");
    EXPECT_EQ(error_of([] { opposite(Op::add); })->code(), ErrorCode::internal);
}

}  // namespace
}  // namespace evolve::test
