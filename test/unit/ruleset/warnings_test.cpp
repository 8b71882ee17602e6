// What is allowed but hardly meant.
#include "core/ruleset/generate.hpp"
#include "core/ruleset/truth.hpp"
#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

// "where: message" of each problem, all of them warnings.
std::vector<std::string> warnings(const char* json) {
    std::vector<std::string> found;
    for (const Problem& problem : check_ruleset(json)) {
        EXPECT_EQ(problem.severity, Problem::Severity::warning) << problem.message;
        found.push_back(problem.where + ": " + problem.message);
    }
    return found;
}

using List = std::vector<std::string>;

TEST(Warnings, SoundRulesetsHaveNone) {
    for (const char* json :
         {R"j({"entry": "close > sma(20)", "exit": "close < sma(20)"})j",
          R"j({"entry": "rsi(14) < 30", "max_bars": 5})j",
          R"j({"entry": "close > open", "short": {"entry": "close < open"}})j",
          R"j({"short": {"entry": "rsi(14) crosses below 70"}, "take_profit": {"pct": 50}})j",
          R"j({"entry": "volume = 0", "exit": "close > $x", "params": {"x": 5}})j",
          R"j({"entry": "rsi(14) > 50 and rsi(14) < 70", "stop_loss": {"pct": "$x"}, "params": {"x": 5}})j"}) {
        EXPECT_EQ(warnings(json), List{}) << json;
    }
}

TEST(Warnings, WaysOut) {
    const List none{"$: there is no way out of a position: no exit, stop, target or max_bars"};
    EXPECT_EQ(warnings(R"j({"entry": "close > open"})j"), none);
    EXPECT_EQ(warnings(R"j({"short": {"entry": "close > open"}})j"), none);
    EXPECT_EQ(warnings(R"j({"entry": "close > open", "cooldown_bars": 5, "sizing": "all_in"})j"), none);
    for (const char* key : {"stop_loss", "take_profit", "trailing_stop"}) {
        EXPECT_EQ(warnings((R"j({"entry": "close > open", ")j" + std::string(key) + R"j(": {"pct": 5}})j").c_str()),
                  List{});
    }
}

TEST(Warnings, Sides) {
    EXPECT_EQ(
        warnings(
            R"j({"entry": "close > open", "exit": "close < open", "short": {"entry": "close < 5"}, "direction": "long"})j"),
        List{"$.short.entry: the short side is off: this entry is not used"});
    EXPECT_EQ(warnings(R"j({"entry": "close > open", "exit": "close < open", "short": {"exit": "close < 5"}})j"),
              List{"$.short.exit: this exit never acts: the short side has no entry"});
    EXPECT_EQ(warnings(R"j({"entry": "close > open", "exit": "close < open", "direction": "both"})j"),
              List{"$.direction: direction is both, but there is no entry of the short side"});
    EXPECT_EQ(warnings(R"j({"entry": "close > open", "exit": "open < close"})j"),
              List{"$.exit: entry and exit of the long side are the same condition"});
}

TEST(Warnings, RulesThatDoNotDependOnTheBars) {
    const auto of_entry = [](const std::string& text) {
        return warnings(
            ("{\"entry\": \"" + text + "\", \"max_bars\": 5, \"params\": {\"x\": 50}, \"exit\": \"close > $x\"}")
                .c_str());
    };
    EXPECT_EQ(of_entry("rsi(14) > 100"), List{"$.entry, position 9: rsi(close, 14) > 100 is never true"});
    EXPECT_EQ(of_entry("rsi(14) >= 0"), List{"$.entry, position 9: rsi(close, 14) >= 0 is always true"});
    EXPECT_EQ(of_entry("close > 5 or -1 > close"), List{"$.entry, position 17: -1 > close is never true"});
    EXPECT_EQ(of_entry("close > close"), List{"$.entry, position 7: close > close is never true"});
    EXPECT_EQ(of_entry("5 > 3"), List{"$.entry, position 3: 5 > 3 is always true"});
    EXPECT_EQ(of_entry("$x > 60"), List{"$.entry, position 4: 50 > 60 is never true"});
    EXPECT_EQ(of_entry("rsi(14) crosses above 100"),
              List{"$.entry, position 9: rsi(close, 14) crosses above 100 is never true"});
    EXPECT_EQ(of_entry("close crosses below close"),
              List{"$.entry, position 7: close crosses below close is never true"});
    EXPECT_EQ(of_entry("close between 10 and 5"), List{"$.entry, position 7: close between 10 and 5 is never true"});
    EXPECT_EQ(of_entry("rsi(14) between 0 and 100"),
              List{"$.entry, position 9: rsi(close, 14) between 0 and 100 is always true"});
    EXPECT_EQ(of_entry("rsi(14) > 70 and close > 5 and rsi(14) < 30"),
              List{"$.entry, position 14: rsi(close, 14) > 70 and rsi(close, 14) < 30 are never true together"});
    EXPECT_EQ(of_entry("rsi(14) > 70 and not rsi(14) > $x"),
              List{"$.entry, position 14: rsi(close, 14) > 70 and rsi(close, 14) <= 50 are never true together"});
    EXPECT_EQ(of_entry("rsi(14) >= 70 and rsi(14) <= 70"), List{});
    EXPECT_EQ(of_entry("rsi(14) > 70 and rsi(14) <= 70"),
              List{"$.entry, position 14: rsi(close, 14) > 70 and rsi(close, 14) <= 70 are never true together"});
    EXPECT_EQ(of_entry("rsi(14) > 70 or rsi(14) < 30"), List{});
    EXPECT_EQ(of_entry("sma(5) = close"),
              List{"$.entry, position 8: sma(close, 5) = close compares for exact equality"});
    // Moving averages of an oscillator may overshoot, differences leave the scale.
    EXPECT_EQ(of_entry("dema(rsi(14), 5) > 100 or rsi(14) - 50 < 0 or cci(14) < -100 or mom(5) < 0"), List{});
}

TEST(Warnings, Others) {
    EXPECT_EQ(
        warnings(
            R"j({"short": {"entry": "close > open"}, "take_profit": {"pct": "$t"}, "stop_loss": {"pct": 5}, "params": {"t": 100}})j"),
        List{"$.take_profit.pct: a short position cannot gain 100 percent of its price: the target is never reached"});
    EXPECT_EQ(warnings(R"j({"entry": "close > open", "take_profit": {"pct": 100}, "stop_loss": {"pct": 5}})j"), List{});
    EXPECT_EQ(warnings(R"j({"entry": "close > open", "max_bars": 5, "params": {"q": 5}, "symbols": ["A", "B", "A"]})j"),
              (List{"$.params.q: no rule uses the parameter \"q\"", "$.symbols[2]: the symbol \"A\" is given twice"}));
}

TEST(Warnings, NoneWhileThereAreErrors) {
    for (const Problem& problem : check_ruleset(R"j({"entry": "close > clse"})j")) {
        EXPECT_EQ(problem.severity, Problem::Severity::error);
    }
}

TEST(Warnings, CanBeFoundForEveryRuleset) {
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        Random random(seed);
        for (const Problem& problem : check_ruleset(to_json(random_ruleset(random)).dump())) {
            ASSERT_EQ(problem.severity, Problem::Severity::warning) << problem.where << " " << problem.message;
        }
    }
}

}  // namespace
}  // namespace evolve::test
