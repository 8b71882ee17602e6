// One form among all that mean the same.
#include "core/ruleset/canonical.hpp"

#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

using nlohmann::json;

TEST(Canonical, Trees) {
    const std::pair<const char*, const char*> cases[] = {
        // constants and parameters to the right
        {"30 > rsi(14)", "rsi(close, 14) < 30"},
        {"30 >= rsi(14)", "rsi(close, 14) <= 30"},
        {"$a < close", "close > $a"},
        {"5 crosses above close", "close crosses below 5"},
        {"5 crosses below close", "close crosses above 5"},
        {"close crosses below 5", "close crosses below 5"},
        {"2 * 3 > close", "close < 2 * 3"},
        {"5 = close", "close = 5"},
        {"5 + close > 6", "close + 5 > 6"},
        {"2 * close > 6", "close * 2 > 6"},
        // of two others, greater
        {"close < open", "open > close"},
        {"close <= open", "open >= close"},
        {"close > open", "close > open"},
        {"close crosses below open", "open crosses above close"},
        {"3 < 5", "5 > 3"},
        // commutative operands in order
        {"open + close > low", "close + open > low"},
        {"open != close", "close != open"},
        {"volume * close > 5", "close * volume > 5"},
        {"close - open > 5", "close - open > 5"},
        {"open > 1 and close > 1", "close > 1 and open > 1"},
        {"open > 1 or close > 1", "close > 1 or open > 1"},
        // flat, each once
        {"(open > 1 and close > 1) and low > 1", "close > 1 and low > 1 and open > 1"},
        {"open > 1 and (close > 1 and open > 1)", "close > 1 and open > 1"},
        {"open > 1 and 1 < open", "open > 1"},
        {"open > 1 or (open > 1 and open > 1)", "open > 1"},
        // negations
        {"not not close > 1", "close > 1"},
        {"not close > 1", "close <= 1"},
        {"not close >= 1", "close < 1"},
        {"not close < open", "close >= open"},
        {"not close = 1", "close != 1"},
        {"not close crosses above open", "not close crosses above open"},
        {"not (close > 1 and not not open > 1)", "not (close > 1 and open > 1)"},
        {"--5 > close", "close < 5"},
        {"-(5) > close", "close < -5"},
        {"-(-close) > 1", "close > 1"},
        // lags
        {"close[1][2] > 5", "close[3] > 5"},
        {"close[1][$a] > 5", "close[1][$a] > 5"},
        {"5[3] < close", "close > 5"},
        {"$a[3] < close", "close > $a"},
        {"(close > open)[1][1]", "(close > open)[2]"},
        // no reassociation, nothing computed
        {"close + 1 + 2 > 3", "close + 1 + 2 > 3"},
        {"close between 2 and 1 + 4", "close between 2 and 1 + 4"},
        {"close rising 1", "close rising 1"},
    };
    for (const auto& [text, expected] : cases) {
        const Node node = canonical(parse_expression(text, {}, some_parameters()));
        EXPECT_EQ(to_text(node), expected) << text;
        EXPECT_EQ(canonical(node), node) << text;
    }
}

TEST(Canonical, Lowered) {
    const std::pair<const char*, const char*> cases[] = {
        {"close between 2 and 5", "close >= 2 and close <= 5"},
        {"not close between 2 and 5", "close > 5 or close < 2"},
        {"close rising 3", "all_of(close > close[1], 3)"},
        {"close falling 3", "all_of(close[1] > close, 3)"},
        {"not close rising 3", "any_of(close[1] >= close, 3)"},
        {"close rising 1", "close > close[1]"},
        {"close[2] rising 1", "close[2] > close[3]"},
        {"all_of(all_of(close > 1, 3), 4)", "all_of(close > 1, 6)"},
        {"all_of(any_of(close > 1, 3), 4)", "all_of(any_of(close > 1, 3), 4)"},
        {"all_of(close > 1, 1)", "close > 1"},
        {"not all_of(close > 1, 2)", "any_of(close <= 1, 2)"},
        {"not any_of(close > 1 and open > 1, 2)", "all_of(close <= 1 or open <= 1, 2)"},
        {"not (close > 1)[2]", "(close <= 1)[2]"},
        {"not close crosses above 5", "not close crosses above 5"},
        {"not (close > 1 or close crosses above 5)", "close <= 1 and not close crosses above 5"},
        {"close > 2 * 3 - abs(-4)", "close > 2"},
        {"close > (2 + 3)[7]", "close > 5"},
        {"close > 1 / 0", "close > 1 / 0"},
        {"close + 1 + 2 > 3", "close + 1 + 2 > 3"},
    };
    for (const auto& [text, expected] : cases) {
        const Node node = lowered(parse_expression(text));
        EXPECT_EQ(to_text(node), expected) << text;
        EXPECT_EQ(lowered(node), node) << text;
    }
}

std::string canonical_json(std::string_view ruleset) { return to_json(canonical(parse_ruleset(ruleset))).dump(); }
std::string canonical_text_json(std::string_view ruleset) {
    return to_json(canonical(parse_ruleset(ruleset)), Form::text).dump();
}

TEST(Canonical, Rulesets) {
    // The documented form: tree, every argument spelled out, defaults of the ruleset dropped.
    const char* const written = R"j({"entry": "30 > rsi()", "exit": null, "direction": "LONG",
        "cooldown_bars": 0, "stop_loss": {"atr": 3}, "take_profit": {"pct": "$a"}, "symbols": ["b", "a", "b"],
        "params": {"a": 5.0}, "timeframe": "1H", "sizing": "all_in"})j";
    const char* const expected = R"({"entry": {"op": "lt", "args": [{"op": "rsi", "args": ["close", 14]}, 30]},
        "stop_loss": {"atr": 3, "period": 14}, "take_profit": {"pct": {"param": "a"}}, "symbols": ["a", "b"],
        "params": {"a": 5}, "timeframe": "1h", "sizing": "all_in"})";
    EXPECT_EQ(json::parse(canonical_json(written)), json::parse(expected));
    const char* const with_parameters = R"({"short": {"entry": "close < 5", "exit": "close > $x"}, "direction": "both",
        "params": {"x": {"value": 7, "min": 1, "max": 9, "step": 2}}, "max_bars": {"param": "x"},
        "trailing_stop": {"atr": "$x", "period": "$x"}, "sizing": {"units": "$x"}})";
    EXPECT_EQ(canonical_text_json(with_parameters),
              R"({"max_bars":"$x","params":{"x":{"max":9,"min":1,"step":2,"value":7}},"short":{"entry":"close < 5",)"
              R"("exit":"close > $x"},"sizing":{"units":"$x"},"trailing_stop":{"atr":"$x","period":"$x"}})");
    // A side that is off keeps its rules; only the direction tells.
    EXPECT_EQ(canonical_text_json(R"({"entry": "close > 5", "short": {"entry": "close < 5"}, "direction": "long"})"),
              R"({"direction":"long","entry":"close > 5","short":{"entry":"close < 5"}})");
    EXPECT_EQ(canonical_text_json(R"({"entry": "close > 5", "short": {"entry": "close < 5"}, "direction": "both"})"),
              R"({"entry":"close > 5","short":{"entry":"close < 5"}})");
}

TEST(Canonical, NumbersAreWrittenShort) {
    EXPECT_EQ(to_json(Node::number(20)).dump(), "20");
    EXPECT_EQ(to_json(Node::number(-0.0)).dump(), "0");
    EXPECT_EQ(to_json(Node::number(0.1)).dump(), "0.1");
    EXPECT_EQ(to_json(Node::number(9007199254740993.0)).dump(), "9007199254740992");
    EXPECT_EQ(to_json(Node::number(1e300)).dump(), "1e+300");
}

}  // namespace
}  // namespace evolve::test
