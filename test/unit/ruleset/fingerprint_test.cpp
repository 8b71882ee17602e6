// Equal for rulesets that mean the same however they are written; different when a trade could differ.
#include <set>

#include "core/base/sha256.hpp"
#include "core/ruleset/generate.hpp"
#include "ruleset/rewrites.hpp"
#include "ruleset/ruleset_support.hpp"
#include "support/scale.hpp"

namespace evolve::test {
namespace {

constexpr Limits wide{.bytes = std::size_t{1} << 20, .nodes = 10'000, .depth = 100, .lookback = 1'000'000};

TEST(Fingerprint, IsStable) {
    // Stored fingerprints are compared with new ones: the bytes behind them must not change between versions.
    EXPECT_EQ(fingerprint_of(R"j({"entry": "close > sma(close, 20)"})j"),
              "cc0c966b6f2a62f2fef06140361f6ebbcf89733238a668ee6a3b392ec1377613");
    EXPECT_EQ(fingerprint_of(R"j({"entry": "macd().signal crosses above 0", "exit": "not rsi(14) between 30 and $x",
        "short": {"entry": "volume rising 2"}, "params": {"x": 70}, "stop_loss": {"pct": 2.5},
        "take_profit": {"atr": 3}, "max_bars": 10, "cooldown_bars": 2, "sizing": {"fraction": 0.5},
        "symbols": ["ETHUSDT", "BTCUSDT"], "timeframe": "4h"})j"),
              "681106e42d2f60b0c81f577f4edb37503db911d53d6199a70de231e657f051c0");
}

TEST(Fingerprint, Sha256) {
    // FIPS 180-4 examples
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Fingerprint, EqualForTheSameMeaning) {
    const std::vector<std::vector<const char*>> groups = {
        {R"j({"entry": "sma(close, 20) > sma(close, 50)", "exit": "rsi(14) > 70"})j",
         R"j({"exit": "rsi(14) > 70", "entry": "sma(close, 20) > sma(close, 50)"})j",
         R"j({"exit": "70 < RSI(close)", "entry": "sma(50) < sma(close, 20)", "direction": "long"})j",
         R"j({"exit": {"op": ">", "args": [{"op": "rsi"}, 70.0]}, "entry": {"op": "lt", "args": ["sma(close, 5e1)",
             {"op": "SMA", "args": [2e1]}]}, "direction": "both", "cooldown_bars": 0, "params": {"unused": 5}})j",
         R"j({"entry": "not sma($fast) <= sma(close, 50)", "exit": "not not rsi(14) > $top", "params": {"fast": 20,
             "top": {"value": 70, "min": 60, "max": 80, "step": 5}}, "short": {"exit": "close > 1"}})j",
         R"j({"entry": "sma(20) > sma(50) and sma(50) < sma(20)", "exit": "rsi(14) > 60 + 10", "sizing": null})j",
         R"j({"entry": "sma(20) > sma(50)", "exit": "rsi(14) > 70", "short": {"entry": "close > 1"}, "direction": "long"})j"},
        {R"j({"entry": "close between 5 and 10"})j", R"j({"entry": "close >= 5 and 10 >= close"})j",
         R"j({"entry": "not (close < 5 or close > 10)"})j"},
        {R"j({"entry": "close rising 3"})j", R"j({"entry": "all_of(close > close[1], 3)"})j",
         R"j({"entry": "not any_of(close <= close[1], 3)"})j"},
        {R"j({"entry": "highest(high, 20)[2] < close"})j", R"j({"entry": "max(high, 20)[1][1] < close"})j"},
        {R"j({"entry": "close > 1", "stop_loss": {"atr": 2}})j",
         R"j({"entry": "close > 1", "stop_loss": {"atr": 2.0, "period": 14}})j",
         R"j({"entry": "close > 1", "stop_loss": {"atr": "$k", "period": {"param": "n"}}, "params": {"k": 2, "n": 14}})j"},
        {R"j({"entry": "close > 1", "symbols": "A"})j", R"j({"entry": "close > 1", "symbols": ["A", "A"]})j"},
        {R"j({"entry": "close > 1", "symbols": ["A", "B"], "timeframe": "1h"})j",
         R"j({"entry": "close > 1", "symbols": ["B", "A"], "timeframe": "1H"})j"},
    };
    std::set<std::string> seen;
    for (const auto& group : groups) {
        const std::string first = fingerprint_of(group.front());
        EXPECT_TRUE(seen.insert(first).second) << group.front();
        for (const char* json : group) EXPECT_EQ(fingerprint_of(json), first) << json;
    }
}

TEST(Fingerprint, DiffersWhenATradeCould) {
    const char* const different[] = {
        R"j({"entry": "close > open"})j",
        R"j({"entry": "close >= open"})j",
        R"j({"entry": "close < open"})j",
        R"j({"entry": "close = open"})j",
        R"j({"entry": "close != open"})j",
        R"j({"entry": "close crosses above open"})j",
        R"j({"entry": "close crosses below open"})j",
        R"j({"entry": "(close > open)[1]"})j",
        R"j({"entry": "close[1] > open"})j",
        R"j({"entry": "close > open[1]"})j",
        R"j({"entry": "all_of(close > open, 2)"})j",
        R"j({"entry": "any_of(close > open, 2)"})j",
        R"j({"entry": "all_of(close > open, 3)"})j",
        R"j({"short": {"entry": "close > open"}})j",
        R"j({"entry": "close > open", "short": {"entry": "close > open"}})j",
        R"j({"entry": "close > open", "exit": "close > open"})j",
        R"j({"entry": "close > open", "exit": "close < open"})j",
        R"j({"entry": "close > open", "short": {"entry": "close < open", "exit": "close < open"}})j",
        R"j({"entry": "close > open", "exit": "close < open", "short": {"entry": "close < open"}})j",
        R"j({"entry": "close > open", "stop_loss": {"pct": 2}})j",
        R"j({"entry": "close > open", "stop_loss": {"pct": 2.5}})j",
        R"j({"entry": "close > open", "stop_loss": {"atr": 2}})j",
        R"j({"entry": "close > open", "stop_loss": {"atr": 2, "period": 15}})j",
        R"j({"entry": "close > open", "take_profit": {"pct": 2}})j",
        R"j({"entry": "close > open", "trailing_stop": {"pct": 2}})j",
        R"j({"entry": "close > open", "max_bars": 2})j",
        R"j({"entry": "close > open", "cooldown_bars": 2})j",
        R"j({"entry": "close > open", "max_bars": 2, "cooldown_bars": 2})j",
        R"j({"entry": "close > open", "sizing": "all_in"})j",
        R"j({"entry": "close > open", "sizing": {"fraction": 0.5}})j",
        R"j({"entry": "close > open", "sizing": {"units": 0.5}})j",
        R"j({"entry": "close > open", "symbols": ["A"]})j",
        R"j({"entry": "close > open", "symbols": ["B"]})j",
        R"j({"entry": "close > open", "symbols": ["A", "B"]})j",
        R"j({"entry": "close > open", "symbols": ["AB"]})j",
        R"j({"entry": "close > open", "timeframe": "1h"})j",
        R"j({"entry": "close > open", "timeframe": "1d"})j",
        R"j({"entry": "close > sma(20)"})j",
        R"j({"entry": "close > sma(21)"})j",
        R"j({"entry": "close > sma($n)", "params": {"n": 22}})j",
        R"j({"entry": "close > ema(20)"})j",
        R"j({"entry": "close > sma(open, 20)"})j",
        R"j({"entry": "close > bbands(close, 20).upper"})j",
        R"j({"entry": "close > bbands(close, 20).lower"})j",
        R"j({"entry": "close > bbands(close, 20, 2, 2, ema).lower"})j",
        R"j({"entry": "close > bbands(close, 20, 2, 2.5).lower"})j",
        R"j({"entry": "close - open > low"})j",
        R"j({"entry": "open - close > low"})j",
        R"j({"entry": "(close + open) + low > 5"})j",
        R"j({"entry": "close + (open + low) > 5"})j",
        R"j({"entry": "close > open and close > low"})j",
        R"j({"entry": "close > open or close > low"})j",
        R"j({"entry": "close > open and close > low or high > 5"})j",
        R"j({"entry": "close > open and (close > low or high > 5)"})j",
    };
    std::map<std::string, const char*> seen;
    for (const char* json : different) {
        const auto [place, is_new] = seen.try_emplace(fingerprint_of(json), json);
        EXPECT_TRUE(is_new) << json << " and " << place->second;
    }
}

TEST(Fingerprint, KeepsUnderRandomRewritesAndSpellings) {
    std::size_t changed = 0;
    for (std::uint64_t seed = 0; seed < test::scaled(10'000); ++seed) {
        Random random(seed);
        const Ruleset ruleset = random_ruleset(random, {.nodes = 14, .depth = 7, .parameter_chance = 0.05});
        const std::string expected = fingerprint(ruleset);
        Ruleset other = ruleset;
        for (int round = 0; round < 2; ++round) other = Rewriter(random).rewrite(std::move(other));
        changed += other == ruleset ? 0 : 1;
        ASSERT_EQ(fingerprint(other), expected) << seed << "\n"
                                                << to_json(ruleset, Form::text) << "\n"
                                                << to_json(other, Form::text);
        ASSERT_EQ(fingerprint(canonical(other)), expected) << seed;
        const std::string spelled = Speller(random).spell(ruleset);
        const Ruleset read = parse_ruleset(spelled, wide);
        ASSERT_EQ(canonical(read), canonical(ruleset)) << seed << "\n" << spelled;
        ASSERT_EQ(fingerprint(read), expected) << seed << "\n" << spelled;
        const std::string rewritten = Speller(random).spell(other);
        ASSERT_EQ(fingerprint(parse_ruleset(rewritten, wide)), expected) << seed << "\n" << rewritten;
    }
    EXPECT_GT(changed, test::scaled(8'000));  // the rewrites do something
}

}  // namespace
}  // namespace evolve::test
