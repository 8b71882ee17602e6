// How many bars must pass before a rule can be known.
#include "core/ruleset/lookback.hpp"

#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

TEST(Lookback, OfExpressions) {
    const std::pair<const char*, std::size_t> cases[] = {
        {"5", 0},
        {"close", 0},
        {"close[3]", 3},
        {"close[3][4]", 7},
        {"5[3]", 0},
        {"(2 * 3)[4] + close", 0},
        {"sma(close, 20)", 19},
        {"sma(close[5], 20)", 24},
        {"sma(close, 20)[5]", 24},
        {"sma(sma(close, 10), 20)", 28},
        {"rsi(close, 14)", 14},
        {"atr(14)", 14},
        {"macd().signal", 33},
        {"obv()", 0},
        {"close > sma(20)", 19},
        {"close crosses above sma(20)", 20},
        {"close crosses above 5", 1},
        {"close rising 3", 3},
        {"sma(20) falling 3", 22},
        {"all_of(close > open, 3)", 2},
        {"any_of(close > open, 1)", 0},
        {"all_of(close crosses above open, 3)[2]", 5},
        {"sma(20) between low[30] and 5", 30},
        {"not (close > sma(20) and rsi(14) < 30)", 19},
        {"sma(close, $fast)", 49},
        {"close[$a]", 9},
    };
    for (const auto& [text, bars] : cases) {
        EXPECT_EQ(lookback(parse_expression(text, {}, some_parameters()), some_parameters()), bars) << text;
    }
    EXPECT_EQ(lookback(parse_expression("sma(close, 20)")), 19u);
    EXPECT_EQ(error_of([] {
                  lookback(Node::make(Op::lag, {Node::series("close"), Node::parameter("n")}));
              })->code(),
              ErrorCode::internal);
}

TEST(Lookback, OfRulesets) {
    const auto of = [](const char* json) { return lookback(parse_ruleset(json)); };
    EXPECT_EQ(of(R"j({"entry": "close > sma(20)", "exit": "close < sma(30)"})j"), 29u);
    EXPECT_EQ(of(R"j({"entry": "close > 1", "short": {"entry": "close < sma(30)", "exit": "close > sma(50)"}})j"), 49u);
    EXPECT_EQ(of(R"j({"entry": "close > 1", "stop_loss": {"pct": 3}})j"), 0u);
    EXPECT_EQ(of(R"j({"entry": "close > 1", "stop_loss": {"atr": 3}})j"), 14u);
    EXPECT_EQ(of(R"j({"entry": "close > 1", "trailing_stop": {"atr": 3, "period": 100}})j"), 100u);
    const char* const ranged = R"j({"entry": "close > sma($n)",
        "params": {"n": {"value": 5, "min": 2, "max": 90, "step": 1}}})j";
    EXPECT_EQ(of(ranged), 89u);
    EXPECT_EQ(lookback(bind_parameters(parse_ruleset(ranged))), 4u);
}

}  // namespace
}  // namespace evolve::test
