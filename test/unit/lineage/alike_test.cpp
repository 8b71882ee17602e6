#include "core/lineage/alike.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/lineage/changes_in_words.hpp"
#include "core/ruleset/language.hpp"
#include "genetics/generated.hpp"

namespace evolve {
namespace {

Ruleset of(const std::string& text) { return canonical(parse_ruleset(text)); }
using Sentences = std::vector<std::string>;
Sentences words(const std::string& before, const std::string& after) { return changes_in_words(of(before), of(after)); }

TEST(ChangesInWords, EachKindOfChange) {
    const std::string base =
        R"_({"entry": "rsi(close, 14) < 30 and close > sma(close, 50)", "exit": "rsi(close, 14) > 70"})_";
    EXPECT_EQ(words(base, base), Sentences{});
    EXPECT_EQ(
        words(base, R"_({"entry": "rsi(close, 12) < 30 and close > sma(close, 50)", "exit": "rsi(close, 14) > 70"})_"),
        Sentences{"In the entry, rsi(close, 14) became rsi(close, 12)."});
    EXPECT_EQ(
        words(base, R"_({"entry": "rsi(close, 14) < 25 and close > sma(close, 50)", "exit": "rsi(close, 14) > 70"})_"),
        Sentences{"In the entry, rsi(close, 14) < 30 became rsi(close, 14) < 25."});
    EXPECT_EQ(
        words(
            base,
            R"_({"entry": "rsi(close, 14) < 30 and close > sma(close, 50)", "exit": "rsi(close, 14) > 70", "stop_loss": {"pct": 5}})_"),
        Sentences{"The stop-loss was added: 5 percent."});
    EXPECT_EQ(words(R"_({"entry": "close > open", "max_bars": 9, "stop_loss": {"atr": 2}})_",
                    R"_({"entry": "close > open", "max_bars": 7})_"),
              (Sentences{"The limit of bars was 9 and is now 7.",
                         "The stop-loss was taken away: 2 times the average true range of 14 bars."}));
    EXPECT_EQ(words(base, R"_({"entry": "close > open", "exit": "rsi(close, 14) > 70"})_"),
              Sentences{"The entry was close > sma(close, 50) and rsi(close, 14) < 30 and is now close > open."});
    EXPECT_EQ(
        words(
            R"_({"entry": "close > sma(close, $n)", "params": {"n": {"value": 20, "min": 5, "max": 50, "step": 1}}, "max_bars": 3})_",
            R"_({"entry": "close > sma(close, $n)", "params": {"n": {"value": 25, "min": 5, "max": 60, "step": 1}}, "max_bars": 3})_"),
        (Sentences{"The parameter n, its max, went from 50 to 60.", "The parameter n went from 20 to 25."}));
    EXPECT_EQ(words(R"_({"short": {"entry": "close < open"}, "max_bars": 3, "timeframe": "1h"})_",
                    R"_({"short": {"entry": "close < low[1]"}, "max_bars": 3, "timeframe": "4h"})_"),
              (Sentences{"The entry of the short side was open > close and is now low[1] > close.",
                         "The timeframe was 1h and is now 4h."}));
}

// Whatever breeding does can be said, and something is said exactly when something changed.
TEST(ChangesInWords, CanBeFoundForEveryPair) {
    for (std::uint64_t i = 0; i < 2000; ++i) {
        Random random(11, i);
        const Ruleset before = test::random_parent(random).ruleset, after = test::random_parent(random).ruleset;
        const Sentences sentences = changes_in_words(before, after);
        EXPECT_EQ(sentences.empty(), to_json(before) == to_json(after));
        for (const std::string& sentence : sentences) {
            EXPECT_EQ(sentence.back(), '.');
            EXPECT_EQ(sentence.find("null"), std::string::npos) << sentence;
        }
        EXPECT_TRUE(changes_in_words(before, before).empty());
    }
}

TEST(Likeness, OfRulesAndNumbers) {
    const Ruleset one = of(R"_({"entry": "rsi(close, 10) < 30", "exit": "rsi(close, 10) > 70"})_");
    const Likeness same = likeness(one, one);
    EXPECT_EQ(same.overall, 1);
    EXPECT_EQ(same.structure, 1);
    EXPECT_EQ(same.parameters, 1);
    EXPECT_TRUE(std::isnan(same.signals));
    // Numbers alone differ: 10 to 30 is 1 - 20/40, twice; the levels are equal, twice.
    const Likeness tweaked = likeness(one, of(R"_({"entry": "rsi(close, 30) < 30", "exit": "rsi(close, 30) > 70"})_"));
    EXPECT_LT(tweaked.overall, 1);
    EXPECT_EQ(tweaked.structure, 1);
    EXPECT_DOUBLE_EQ(tweaked.parameters, 0.75);
    const Likeness other = likeness(one, of(R"_({"entry": "close > open", "max_bars": 3})_"));
    EXPECT_LT(other.structure, 0.6);
    EXPECT_TRUE(std::isnan(other.parameters));
}

TEST(Likeness, OfSignals) {
    const std::vector<double> a{0, 1, 1, 0, -1, -1}, b{0, 2, 0, 0, -3, 1};
    EXPECT_DOUBLE_EQ(signal_likeness(a, b), 0.5);  // 2 of the 4 bars at which either is in the market
    EXPECT_EQ(signal_likeness(a, a), 1);
    const std::vector<double> never(6, 0.0);
    EXPECT_EQ(signal_likeness(a, never), 0);
    EXPECT_TRUE(std::isnan(signal_likeness(never, never)));
}

}  // namespace
}  // namespace evolve
