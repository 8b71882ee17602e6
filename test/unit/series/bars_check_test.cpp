#include "core/series/bars_check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/series/csv.hpp"
#include "core/series/findings.hpp"

namespace evolve {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Bar good{0, 10, 12, 9, 11, 100};

struct Case {
    Bar bar;
    const char* fault;
    const char* text;
};

TEST(BarFault, GoodBars) {
    for (const Bar& bar :
         {good, Bar{0, 1, 1, 1, 1, 0}, Bar{0, 1e15, 1e15, 1e15, 1e15, 1e18}, Bar{0, 1e-300, 1, 1e-300, 1, 0},
          Bar{first_bar_time, 1, 1, 1, 1, 0}, Bar{end_bar_time - 1, 1, 1, 1, 1, 0}}) {
        EXPECT_EQ(bar_fault(bar), "");
        EXPECT_EQ(describe_bar_fault(bar), "");
    }
}

TEST(BarFault, BadBars) {
    const double over = std::nextafter(1e15, infinity), volume_over = std::nextafter(1e18, infinity);
    for (const Case& c : {
             Case{{0, nan, 12, 9, 11, 1}, "not_finite", "open is not a finite number"},
             Case{{0, 10, infinity, 9, 11, 1}, "not_finite", "high is not a finite number"},
             Case{{0, 10, 12, -infinity, 11, 1}, "not_finite", "low is not a finite number"},
             Case{{0, 10, 12, 9, nan, 1}, "not_finite", "close is not a finite number"},
             Case{{0, 10, 12, 9, 11, nan}, "not_finite", "volume is not a finite number"},
             Case{{0, 10, 12, 9, 11, infinity}, "not_finite", "volume is not a finite number"},
             Case{{first_bar_time - 1, 10, 12, 9, 11, 1}, "out_of_range", "the time is outside the years 1900 to 2200"},
             Case{{end_bar_time, 10, 12, 9, 11, 1}, "out_of_range", "the time is outside the years 1900 to 2200"},
             Case{{INT64_MIN, 10, 12, 9, 11, 1}, "out_of_range", "the time is outside the years 1900 to 2200"},
             Case{{INT64_MAX, 10, 12, 9, 11, 1}, "out_of_range", "the time is outside the years 1900 to 2200"},
             Case{{0, 10, over, 9, 11, 1}, "out_of_range", "high 1000000000000000.1 is over 1e+15"},
             Case{{0, 10, 12, 9, 11, volume_over}, "out_of_range", "volume 1000000000000000128 is over 1e+18"},
             Case{{0, 0, 12, 9, 11, 1}, "negative", "open is 0, not above 0"},
             Case{{0, 10, 12, -9, 11, 1}, "negative", "low is -9, not above 0"},
             Case{{0, 10, 12, -0.0, 11, 1}, "negative", "low is 0, not above 0"},
             Case{{0, 10, 12, 9, 11, -1}, "negative", "volume is -1, below 0"},
             Case{{0, 10, 8, 9, 11, 1}, "broken_ohlc", "high 8 is below low 9"},
             Case{{0, 13, 12, 9, 11, 1}, "broken_ohlc", "high 12 is below open 13"},
             Case{{0, 10, 12, 9, 12.5, 1}, "broken_ohlc", "high 12 is below close 12.5"},
             Case{{0, 8.5, 12, 9, 11, 1}, "broken_ohlc", "low 9 is above open 8.5"},
             Case{{0, 10, 12, 9, 8, 1}, "broken_ohlc", "low 9 is above close 8"},
         }) {
        EXPECT_EQ(bar_fault(c.bar), c.fault) << c.text;
        EXPECT_EQ(describe_bar_fault(c.bar), c.text);
    }
}

std::vector<std::string> fields_of(std::string_view line, char delimiter = ',') {
    std::vector<std::string_view> fields;
    EXPECT_TRUE(split_fields(line, delimiter, fields)) << line;
    return {fields.begin(), fields.end()};
}

using Texts = std::vector<std::string>;

TEST(Csv, Fields) {
    EXPECT_EQ(fields_of("a,b,c"), (Texts{"a", "b", "c"}));
    EXPECT_EQ(fields_of(""), (Texts{""}));
    EXPECT_EQ(fields_of(",a,"), (Texts{"", "a", ""}));
    EXPECT_EQ(fields_of(" a , \"b,c\" ,d\r"), (Texts{"a", "b,c", "d"}));
    EXPECT_EQ(fields_of("\"\",\" x \""), (Texts{"", "x"}));
    EXPECT_EQ(fields_of("\"a\"\"b\",c"), (Texts{"a\"\"b", "c"}));
    EXPECT_EQ(fields_of("a\"b,c"), (Texts{"a\"b", "c"}));
    EXPECT_EQ(fields_of("a\t\tb", '\t'), (Texts{"a", "", "b"}));
    EXPECT_EQ(fields_of("a|b;c", '|'), (Texts{"a", "b;c"}));
}

TEST(Csv, LostQuotes) {
    std::vector<std::string_view> fields;
    for (const char* line : {"\"a,b", "a,\"", "\"a\"b,c", "\"a\"\"", "\"a\"\"\"\""}) {
        EXPECT_FALSE(split_fields(line, ',', fields)) << line;
    }
    EXPECT_FALSE(split_fields(std::string(longest_line + 1, ','), ',', fields));
}

TEST(Csv, Lines) {
    CsvLines lines(
        "\xEF\xBB\xBF"
        "a\r\n\nb\r\r\nc");
    Texts texts;
    std::size_t number = 0;
    while (lines.next()) {
        texts.emplace_back(lines.line());
        EXPECT_EQ(lines.number(), ++number);
    }
    EXPECT_EQ(texts, (Texts{"a", "", "b\r", "c"}));
    EXPECT_FALSE(CsvLines("").next());
    CsvLines ends("a\n");
    EXPECT_TRUE(ends.next());
    EXPECT_FALSE(ends.next());
}

TEST(Findings, AreLimitedAKindAndOrdered) {
    Findings findings(2);
    for (std::size_t line = 10; line < 15; ++line) {
        findings.add(FindingKind::gap, line, 3, [] { return "gap"; });
    }
    findings.add(FindingKind::blank, 4, 1, [] { return "blank"; });
    findings.add_single(FindingKind::accepted, 0, 7, "all");
    const std::vector<Finding> report = findings.take();
    ASSERT_EQ(report.size(), 5u);
    EXPECT_EQ(to_string(report[0].kind), "accepted");
    EXPECT_EQ(to_string(report[1].kind), "blank");
    EXPECT_EQ(report[2].line, 10u);
    EXPECT_EQ(report[3].line, 11u);
    EXPECT_EQ(report[4].line, 0u);
    EXPECT_EQ(report[4].detail, "3 more, from line 12 to line 14");
    EXPECT_EQ(report[4].rows, 9u);
    EXPECT_TRUE(findings.take().empty());
}

TEST(Findings, WithoutDetailsTextsAreNotMade) {
    Findings findings(0);
    for (std::size_t line = 5; line > 0; --line) {
        findings.add(FindingKind::blank, line, 1, []() -> std::string { throw std::logic_error("not needed"); });
    }
    const std::vector<Finding> report = findings.take();
    ASSERT_EQ(report.size(), 1u);
    EXPECT_EQ(report[0].detail, "5, from line 1 to line 5");
    EXPECT_EQ(report[0].rows, 5u);
}

TEST(Findings, EveryKindHasAName) {
    for (std::size_t kind = 0; kind < finding_kinds; ++kind) {
        EXPECT_FALSE(to_string(static_cast<FindingKind>(kind)).empty()) << kind;
    }
    EXPECT_EQ(to_string(FindingKind::flat_run), "flat_run");
}

TEST(Findings, ExcerptsAreShortAndPrintable) {
    EXPECT_EQ(excerpt("a\tb\x01"
                      "c\x7F"),
              "a b c ");
    EXPECT_EQ(excerpt(std::string(60, 'x')), std::string(60, 'x'));
    EXPECT_EQ(excerpt(std::string(61, 'x')), std::string(60, 'x') + "...");
    // é has two bytes: the cut falls before it, not into it.
    EXPECT_EQ(excerpt(std::string(59, 'x') + "\xC3\xA9y"), std::string(59, 'x') + "...");
    EXPECT_EQ(excerpt(std::string(100, '\x80')), "...");
}

}  // namespace
}  // namespace evolve
