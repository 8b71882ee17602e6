// Plain English.
#include <algorithm>

#include "core/ruleset/generate.hpp"
#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

std::string explained(const char* json) { return explain(parse_ruleset(json)); }

TEST(Explain, WholeRulesets) {
    EXPECT_EQ(
        explained(R"j({"entry": "sma(close, $fast) crosses above sma(close, 50) and rsi(14) < 30",
        "exit": "sma(close, $fast) crosses below sma(close, 50)", "stop_loss": {"pct": 2},
        "take_profit": {"atr": 3}, "trailing_stop": {"pct": 8}, "max_bars": 20, "cooldown_bars": 1,
        "sizing": {"fraction": 0.07}, "symbols": ["BTCUSDT", "ETHUSDT"], "timeframe": "4h",
        "params": {"fast": {"value": 10, "min": 5, "max": 20, "step": 5}}})j"),
        "Goes long when the 10-bar (fast) simple moving average (SMA) crosses above the 50-bar SMA and the 14-bar "
        "relative strength index (RSI) is below 30. Closes the long position when the 10-bar (fast) SMA crosses "
        "below the 50-bar SMA. A stop-loss sits 2 % below the entry price. Profit is taken 3 times the 14-bar "
        "average true range above the entry price. A trailing stop follows 8 % behind the best price since the "
        "entry. No position is held longer than 20 bars. After an exit it waits one bar before it looks for an "
        "entry again. Each trade uses 7 % of the cash. Made for BTCUSDT and ETHUSDT on 4h bars. May be tuned: "
        "fast from 5 to 20 in steps of 5.");
    EXPECT_EQ(explained(R"j({"short": {"entry": "close < min(low, 20)[1]"}, "stop_loss": {"pct": 3},
        "take_profit": {"pct": 6}, "sizing": {"units": 10}, "timeframe": "1d"})j"),
              "Goes short when the close is below the lowest low of the last 20 bars one bar ago. A stop-loss sits 3 % "
              "above the entry price. Profit is taken 6 % below the entry price. Each trade is for 10 units. Made for "
              "1d bars.");
    EXPECT_EQ(
        explained(R"j({"entry": "close > open", "short": {"entry": "close < open"}, "stop_loss": {"pct": 3},
        "take_profit": {"pct": 4}, "sizing": "all_in", "symbols": "SPY"})j"),
        "Goes long when the close is above the open. Goes short when the close is below the open. An entry signal "
        "of the other side reverses an open position. A stop-loss sits 3 % beyond the entry price, against the "
        "position. Profit is taken 4 % beyond the entry price, in favour of it. Each trade uses all the cash. "
        "Made for SPY.");
    EXPECT_EQ(explained(R"j({"entry": "close > open", "cooldown_bars": 0})j"),
              "Goes long when the close is above the open. Nothing closes the position: it is held to the end.");
    // A side that is off is not spoken of.
    EXPECT_EQ(explained(R"j({"entry": "close > open", "exit": "close < 1", "short": {"entry": "close < 5"},
        "direction": "long"})j"),
              "Goes long when the close is above the open. Closes the long position when the close is below 1.");
}

TEST(Explain, Conditions) {
    const std::pair<const char*, const char*> cases[] = {
        {"close >= 5", "the close is at or above 5"},
        {"close <= open[3]", "the close is at or below the open 3 bars ago"},
        {"volume != 0", "the volume differs from 0"},
        {"volume = 0", "the volume equals 0"},
        {"hl2 > hlc3 and hlc3 > ohlc4",
         "the middle of the bar's range is above the typical price and the typical price is above the average price of "
         "the bar"},
        {"rsi(14) between 30 and 70", "the 14-bar relative strength index (RSI) is between 30 and 70"},
        {"close rising 1", "the close is rising"},
        {"close falling 3", "the close has fallen 3 bars in a row"},
        {"all_of(close > open, 3)", "the close is above the open on each of the last 3 bars"},
        {"any_of(close > open, 1)", "the close is above the open"},
        {"any_of(close > open and low > 1, 5)",
         "(the close is above the open and the low is above 1) on at least one of the last 5 bars"},
        {"(close > open)[2]", "the close is above the open, 2 bars ago"},
        {"not close > open", "the close is at or below the open"},
        {"not close crosses below open", "the close does not cross below the open"},
        {"not (close > 1 or close < open)", "it is not so that (the close is above 1 or the close is below the open)"},
        {"close > 1 and (close > 2 or close > 3)",
         "the close is above 1 and (the close is above 2 or the close is above 3)"},
        {"close > 1 or close > 2 or close > 3",
         "any of these holds: the close is above 1; the close is above 2; the close is above 3"},
        {"close > 1 and close > 2 and (close > 3 or close > 4)",
         "all of these hold: the close is above 1; the close is above 2; the close is above 3 or the close is above 4"},
        {"close > 0.95 * open", "the close is above 0.95 times the open"},
        {"close > open * 0.95", "the close is above 0.95 times the open"},
        {"abs(close - open) / 2 > -low",
         "the absolute value of (the close minus the open) divided by 2 is above minus "
         "the low"},
        {"close > bbands(close, 20, 2, 2, sma).upper",
         "the close is above the upper line of the 20-bar Bollinger bands"},
        {"close > bbands(close, 20, 2.5, 2.5, ema).upper",
         "the close is above the upper line of the Bollinger bands (20, 2.5, 2.5, ema)"},
        {"macd().macd > macd().signal",
         "the moving average convergence divergence (MACD 12, 26, 9) is above the signal line of the MACD (12, 26, 9)"},
        {"sma(volume, 5) > volume", "the 5-bar simple moving average (SMA) of the volume is above the volume"},
        {"rsi(close - open, 14) > sma(rsi(14), 3)",
         "the 14-bar relative strength index (RSI) of (the close minus the open) is above the 3-bar simple moving "
         "average (SMA) of the 14-bar RSI"},
        {"max(high, 20) > max(hl2, 5)",
         "the highest high of the last 20 bars is above the highest value of the middle of the bar's range over the "
         "last 5 bars"},
        {"obv() > 0", "the on-balance volume (OBV) is above 0"},
        {"adx(14) > 25", "the 14-bar average directional movement index is above 25"},
    };
    for (const auto& [text, words] : cases) {
        Ruleset ruleset;
        ruleset.long_side.entry = parse_expression(text);
        const std::string expected = "Goes long when " + std::string(words) + ". ";
        EXPECT_EQ(explain(ruleset).substr(0, expected.size()), expected) << text;
    }
}

TEST(Explain, HasWordsForEverything) {
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        Random random(seed);
        const Ruleset ruleset = random_ruleset(random);
        const std::string text = explain(ruleset);
        ASSERT_TRUE(text.starts_with("Goes ")) << text;
        ASSERT_TRUE(text.ends_with(".")) << text;
        ASSERT_EQ(text.find("  "), std::string::npos) << text;
        ASSERT_EQ(text.find(".."), std::string::npos) << text;
        ASSERT_EQ(std::count(text.begin(), text.end(), '('), std::count(text.begin(), text.end(), ')')) << text;
    }
}

}  // namespace
}  // namespace evolve::test
