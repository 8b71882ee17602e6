// The text form: what is read as which tree, and how it is written.
#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

using nlohmann::json;

struct TextCase {
    const char* text;
    const char* tree;     // to_json of what it is read as
    const char* printed;  // to_text of it; nullptr: the text itself
};

constexpr TextCase text_cases[] = {
    {"close", R"("close")", nullptr},
    {"CLOSE", R"("close")", "close"},
    {"5", "5", nullptr},
    {"0.5", "0.5", nullptr},
    {".5", "0.5", "0.5"},
    {"1e-3", "0.001", "0.001"},
    {"2.5E+2", "250", "250"},
    {"1e20", "1e20", "1e+20"},
    {"-5", "-5", nullptr},
    {"- 5", "-5", "-5"},
    {"-0", "0", "0"},
    {"-(5)", R"({"op":"neg","args":[5]})", nullptr},
    {"--5", R"({"op":"neg","args":[-5]})", "-(-5)"},
    {"-(-close)", R"({"op":"neg","args":[{"op":"neg","args":["close"]}]})", nullptr},
    {"-close[1]", R"({"op":"neg","args":[{"op":"lag","args":["close",1]}]})", nullptr},
    {"(-close)[1]", R"({"op":"lag","args":[{"op":"neg","args":["close"]},1]})", nullptr},
    {"-5[2]", R"({"op":"neg","args":[{"op":"lag","args":[5,2]}]})", nullptr},
    {"(-5)[2]", R"({"op":"lag","args":[-5,2]})", nullptr},
    {"$a", R"({"param":"a"})", nullptr},
    {"close[$a]", R"({"op":"lag","args":["close",{"param":"a"}]})", nullptr},
    {"lag(close, 3)", R"({"op":"lag","args":["close",3]})", "close[3]"},
    {"REF(close, 3)", R"({"op":"lag","args":["close",3]})", "close[3]"},
    {"close[1][2]", R"({"op":"lag","args":[{"op":"lag","args":["close",1]},2]})", nullptr},
    {"open + high - low", R"({"op":"sub","args":[{"op":"add","args":["open","high"]},"low"]})", nullptr},
    {"open + (high - low)", R"({"op":"add","args":["open",{"op":"sub","args":["high","low"]}]})", nullptr},
    {"open - (high - low)", R"({"op":"sub","args":["open",{"op":"sub","args":["high","low"]}]})", nullptr},
    {"open + 2 * high / 3", R"({"op":"add","args":["open",{"op":"div","args":[{"op":"mul","args":[2,"high"]},3]}]})",
     nullptr},
    {"(open + 2) * high", R"({"op":"mul","args":[{"op":"add","args":["open",2]},"high"]})", nullptr},
    {"open * (high / low)", R"({"op":"mul","args":["open",{"op":"div","args":["high","low"]}]})", nullptr},
    {"open - -2", R"({"op":"sub","args":["open",-2]})", nullptr},
    {"open -2", R"({"op":"sub","args":["open",2]})", "open - 2"},
    {"-open * 2", R"({"op":"mul","args":[{"op":"neg","args":["open"]},2]})", nullptr},
    {"-(open * 2)", R"({"op":"neg","args":[{"op":"mul","args":["open",2]}]})", nullptr},
    {"abs(open - close)", R"({"op":"abs","args":[{"op":"sub","args":["open","close"]}]})", nullptr},
    {"sma(close, 20)", R"({"op":"sma","args":["close",20]})", nullptr},
    {"sma(20)", R"({"op":"sma","args":["close",20]})", "sma(close, 20)"},
    {"SMA(  )", R"({"op":"sma","args":["close",30]})", "sma(close, 30)"},
    {"sma(high)", R"({"op":"sma","args":["high",30]})", "sma(high, 30)"},
    {"sma($a)", R"({"op":"sma","args":["close",{"param":"a"}]})", "sma(close, $a)"},
    {"sma(open - 5, 20)", R"({"op":"sma","args":[{"op":"sub","args":["open",5]},20]})", nullptr},
    {"highest(high, 20)", R"({"op":"max","args":["high",20]})", "max(high, 20)"},
    {"lowest(20)", R"({"op":"min","args":["close",20]})", "min(close, 20)"},
    {"atr()", R"({"op":"atr","args":[14]})", "atr(14)"},
    {"obv()", R"({"op":"obv","args":[]})", nullptr},
    {"macd()", R"({"op":"macd","args":["close",12,26,9],"output":"macd"})", "macd(close, 12, 26, 9).macd"},
    {"macd(close, 12, 26, 9).signal", R"({"op":"macd","args":["close",12,26,9],"output":"signal"})", nullptr},
    {"macd(5, 35).Histogram", R"({"op":"macd","args":["close",5,35,9],"output":"histogram"})",
     "macd(close, 5, 35, 9).histogram"},
    {"bbands(close, 20, 2, 2, EMA).lower", R"({"op":"bbands","args":["close",20,2,2,"ema"],"output":"lower"})",
     "bbands(close, 20, 2, 2, ema).lower"},
    {"stoch().d", R"({"op":"stoch","args":[5,3,3,"sma","sma"],"output":"d"})", "stoch(5, 3, 3, sma, sma).d"},
    {"close > open", R"({"op":"gt","args":["close","open"]})", nullptr},
    {"close >= open", R"({"op":"ge","args":["close","open"]})", nullptr},
    {"close < open", R"({"op":"lt","args":["close","open"]})", nullptr},
    {"close <= open", R"({"op":"le","args":["close","open"]})", nullptr},
    {"close = open", R"({"op":"eq","args":["close","open"]})", nullptr},
    {"close == open", R"({"op":"eq","args":["close","open"]})", "close = open"},
    {"close != open", R"({"op":"ne","args":["close","open"]})", nullptr},
    {"close <> open", R"({"op":"ne","args":["close","open"]})", "close != open"},
    {"close crosses above open", R"({"op":"crosses_above","args":["close","open"]})", nullptr},
    {"close Crosses Over open", R"({"op":"crosses_above","args":["close","open"]})", "close crosses above open"},
    {"close cross_below open", R"({"op":"crosses_below","args":["close","open"]})", "close crosses below open"},
    {"crosses_below(close, open)", R"({"op":"crosses_below","args":["close","open"]})", "close crosses below open"},
    {"close crosses under open + 1", R"({"op":"crosses_below","args":["close",{"op":"add","args":["open",1]}]})",
     "close crosses below open + 1"},
    {"close between 3 and 5", R"({"op":"between","args":["close",3,5]})", nullptr},
    {"between(close, low[1], high[1])",
     R"({"op":"between","args":["close",{"op":"lag","args":["low",1]},{"op":"lag","args":["high",1]}]})",
     "close between low[1] and high[1]"},
    {"close between 3 and 5 and open > 2",
     R"({"op":"and","args":[{"op":"between","args":["close",3,5]},{"op":"gt","args":["open",2]}]})", nullptr},
    {"close rising 3", R"({"op":"rising","args":["close",3]})", nullptr},
    {"falling(close, $a)", R"({"op":"falling","args":["close",{"param":"a"}]})", "close falling $a"},
    {"close + 1 rising 3", R"({"op":"rising","args":[{"op":"add","args":["close",1]},3]})", nullptr},
    {"all_of(close > open, 3)", R"({"op":"all_of","args":[{"op":"gt","args":["close","open"]},3]})", nullptr},
    {"any_of(close > open or close < low[1], 2)",
     R"({"op":"any_of","args":[{"op":"or","args":[{"op":"gt","args":["close","open"]},)"
     R"({"op":"lt","args":["close",{"op":"lag","args":["low",1]}]}]},2]})",
     nullptr},
    {"(close > open)[1]", R"({"op":"lag","args":[{"op":"gt","args":["close","open"]},1]})", nullptr},
    {"(close)[1]", R"({"op":"lag","args":["close",1]})", "close[1]"},
    {"not close > open", R"({"op":"not","args":[{"op":"gt","args":["close","open"]}]})", nullptr},
    {"NOT NOT close > open", R"({"op":"not","args":[{"op":"not","args":[{"op":"gt","args":["close","open"]}]}]})",
     "not not close > open"},
    {"!(close > open)", R"({"op":"not","args":[{"op":"gt","args":["close","open"]}]})", "not close > open"},
    {"close > 1 and close > 2 And close > 3",
     R"({"op":"and","args":[{"op":"gt","args":["close",1]},{"op":"gt","args":["close",2]},{"op":"gt","args":["close",3]}]})",
     "close > 1 and close > 2 and close > 3"},
    {"(close > 1 and close > 2) and close > 3",
     R"({"op":"and","args":[{"op":"and","args":[{"op":"gt","args":["close",1]},{"op":"gt","args":["close",2]}]},)"
     R"({"op":"gt","args":["close",3]}]})",
     nullptr},
    {"close > 1 or close > 2 && close > 3",
     R"({"op":"or","args":[{"op":"gt","args":["close",1]},)"
     R"({"op":"and","args":[{"op":"gt","args":["close",2]},{"op":"gt","args":["close",3]}]}]})",
     "close > 1 or close > 2 and close > 3"},
    {"(close > 1 || close > 2) and close > 3",
     R"({"op":"and","args":[{"op":"or","args":[{"op":"gt","args":["close",1]},{"op":"gt","args":["close",2]}]},)"
     R"({"op":"gt","args":["close",3]}]})",
     "(close > 1 or close > 2) and close > 3"},
    {"not (close > 1 and close > 2)",
     R"({"op":"not","args":[{"op":"and","args":[{"op":"gt","args":["close",1]},{"op":"gt","args":["close",2]}]}]})",
     nullptr},
    {"not close > 1 and close > 2",
     R"({"op":"and","args":[{"op":"not","args":[{"op":"gt","args":["close",1]}]},{"op":"gt","args":["close",2]}]})",
     nullptr},
    {" \t\r\n close\n>\topen ", R"({"op":"gt","args":["close","open"]})", "close > open"},
    {"((((close))))", R"("close")", "close"},
    {"hl2 + hlc3 - ohlc4 > volume / volume * low",
     R"({"op":"gt","args":[{"op":"sub","args":[{"op":"add","args":["hl2","hlc3"]},"ohlc4"]},)"
     R"({"op":"mul","args":[{"op":"div","args":["volume","volume"]},"low"]}]})",
     nullptr},
};

TEST(Text, IsReadAsTheTreeAndWrittenBack) {
    for (const TextCase& example : text_cases) {
        SCOPED_TRACE(example.text);
        try {
            const Node node = parse_expression(example.text, {}, some_parameters());
            EXPECT_EQ(to_json(node), json::parse(example.tree)) << to_json(node);
            EXPECT_EQ(to_text(node), example.printed == nullptr ? example.text : example.printed);
            EXPECT_EQ(parse_expression(to_text(node), {}, some_parameters()), node);
            EXPECT_EQ(parse_expression(to_json(node).dump(), {}, some_parameters()), node);
        } catch (const Error& error) {
            ADD_FAILURE() << error.where() << ": " << error.message();
        }
    }
}

TEST(Text, TreeAliasesOfOperatorsAreRead) {
    const std::pair<const char*, const char*> aliases[] = {
        {">", "gt"},
        {"greater_than", "gt"},
        {"gte", "ge"},
        {"<=", "le"},
        {"==", "eq"},
        {"<>", "ne"},
        {"&&", "and"},
        {"ALL", "and"},
        {"||", "or"},
        {"any", "or"},
        {"crossover", "crosses_above"},
        {"cross_below", "crosses_below"},
    };
    for (const auto& [alias, name] : aliases) {
        const bool logical = std::string_view(name) == "and" || std::string_view(name) == "or";
        const json args = logical ? json{"close > 1", "open > 2"} : json{"close", "open"};
        const json written = {{"op", alias}, {"args", args}}, meant = {{"op", name}, {"args", args}};
        EXPECT_EQ(parse_expression(written.dump()), parse_expression(meant.dump())) << alias;
    }
    const auto number = [](const char* text) { return to_text(parse_expression(text)); };
    EXPECT_EQ(number(R"({"op": "-", "args": ["close", 1]})"), "close - 1");
    EXPECT_EQ(number(R"({"op": "-", "args": ["close"]})"), "-close");
    EXPECT_EQ(number(R"({"op": "*", "args": ["close", {"op": "+", "args": [1, 2]}]})"), "close * (1 + 2)");
    EXPECT_EQ(number(R"({"op": "ref", "args": ["close", 1]})"), "close[1]");
    EXPECT_EQ(number(R"({"op": "!", "args": [{"op": "<", "args": ["close", 1]}]})"), "not close < 1");
}

TEST(Text, StandsAnywhereInATree) {
    const Node mixed = parse_expression(R"j({"op": "and", "args": ["close > sma(20)",
        {"op": "lt", "args": [{"op": "rsi", "args": ["hl2 - 1", 14]}, "10 + 20"]},
        {"op": "all_of", "args": ["open > $a", "$a"]},
        {"op": "gt", "args": ["5", {"op": "bbands", "args": ["close", "20", 2, 2, "EMA"], "output": "LOWER"}]}]})j",
                                        {}, some_parameters());
    EXPECT_EQ(to_text(mixed),
              "close > sma(close, 20) and rsi(hl2 - 1, 14) < 10 + 20 and all_of(open > $a, $a) and "
              "5 > bbands(close, 20, 2, 2, ema).lower");
    EXPECT_EQ(to_text(parse_expression("  \"close > open\"")), "close > open");
    EXPECT_EQ(to_text(parse_expression(R"({"param": "a"})", {}, some_parameters())), "$a");
}

TEST(Text, UnitsOfExpressions) {
    const std::pair<const char*, Unit> units[] = {
        {"close", Unit::price},
        {"volume", Unit::volume},
        {"5", Unit::number},
        {"$a * 2", Unit::number},
        {"close + 5", Unit::price},
        {"5 - close", Unit::price},
        {"close * 2", Unit::price},
        {"2 * close", Unit::price},
        {"close / 2", Unit::price},
        {"2 / close", Unit::number},
        {"close / open", Unit::ratio},
        {"2 / (close / open)", Unit::ratio},
        {"close * (close / open)", Unit::price},
        {"close / open * volume", Unit::volume},
        {"volume / (close / open)", Unit::volume},
        {"close * volume", Unit::number},
        {"close * close", Unit::number},
        {"close / volume", Unit::number},
        {"cci(14) * close", Unit::number},
        {"cci(14) / cci(20)", Unit::ratio},
        {"rsi(14)", Unit::oscillator},
        {"rsi(14) - 50", Unit::oscillator},
        {"rsi(14) / rsi(28)", Unit::ratio},
        {"-abs(volume[2])", Unit::volume},
        {"sma(volume, 5)", Unit::volume},
        {"sma(rsi(14), 5)", Unit::oscillator},
        {"macd(rsi(14)).signal", Unit::oscillator},
        {"stddev(close / open, 5)", Unit::ratio},
        {"rsi(volume, 14)", Unit::oscillator},
        {"atr(14)", Unit::price},
        {"obv()", Unit::volume},
        {"close > open", Unit::condition},
        {"(close > open)[1]", Unit::condition},
        {"5 > 3", Unit::condition},
        {"rsi(14) between $a and 70", Unit::condition},
        {"close between low and 70", Unit::condition},
    };
    for (const auto& [text, unit] : units) {
        SCOPED_TRACE(text);
        EXPECT_EQ(check_units(parse_expression(text, {}, some_parameters()), some_parameters()), unit);
    }
}

}  // namespace
}  // namespace evolve::test
