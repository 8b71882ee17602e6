// Hostile and oversized input: refused by a limit that the error names, in bounded time and stack.
#include <cmath>
#include <functional>
#include <limits>

#include "core/ruleset/apply_parameters.hpp"
#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) result += text;
    return result;
}

void expect_limit(const std::function<void()>& action, std::string_view words) {
    const auto error = error_of(action);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::limit_exceeded) << error->message();
    EXPECT_NE(error->message().find(words), std::string::npos) << error->message();
    EXPECT_FALSE(error->hint().empty());
}

void expect_limit_of_text(const std::string& text, std::string_view words, const Limits& limits = {}) {
    expect_limit([&] { parse_expression(text, limits); }, words);
}

TEST(Limits, Bytes) {
    const std::string ruleset = R"({"entry": "close > 1")";
    const auto padded = [&](std::size_t bytes) { return ruleset + std::string(bytes - ruleset.size() - 1, ' ') + "}"; };
    EXPECT_NO_THROW(parse_ruleset(padded(64 * 1024)));
    expect_limit([&] { parse_ruleset(padded(64 * 1024 + 1)); }, "65537 bytes, the limit is 65536");
    EXPECT_NO_THROW(parse_ruleset(padded(1 << 20), {.bytes = std::size_t{1} << 30}));
    expect_limit([&] { parse_ruleset(padded((1 << 20) + 1), {.bytes = std::size_t{1} << 30}); },
                 "the limit is 1048576");
    expect_limit_of_text(std::string(70'000, ' ') + "close", "70005 bytes");
}

TEST(Limits, NestedJson) {
    for (const std::string_view open : {"[", "{\"a\":", "{\"entry\":{\"op\":\"not\",\"args\":["}) {
        expect_limit([&] { parse_ruleset(repeated(open, 2'000)); }, "nested deeper than");
        EXPECT_EQ(check_ruleset(repeated(open, 2'000)).size(), 1u);
    }
    // As deep as the limit on depth allows.
    const auto nots = [](std::size_t count) {
        return R"({"entry": )" + repeated(R"({"op": "not", "args": [)", count) + "\"close > 1\"" +
               repeated("]}", count) + "}";
    };
    EXPECT_NO_THROW(parse_ruleset(nots(30)));
    expect_limit([&] { parse_ruleset(nots(31)); }, "deeper than 32 levels");
    EXPECT_NO_THROW(parse_ruleset(nots(98), {.depth = 1000}));
    expect_limit([&] { parse_ruleset(nots(99), {.depth = 1000}); }, "deeper than 100 levels");
}

TEST(Limits, NestedText) {
    expect_limit_of_text(repeated("(", 30'000), "parentheses are nested deeper than 80 levels");
    expect_limit_of_text(repeated("not ", 10'000) + "close > 1", "nested deeper than");
    expect_limit_of_text(repeated("-", 10'000) + "close", "nested deeper than");
    expect_limit_of_text(repeated("abs(", 10'000), "nested deeper than");
    expect_limit_of_text(repeated("sma(", 10'000), "nested deeper than");
    expect_limit_of_text(repeated("!(", 10'000), "nested deeper than");
    // Chains need no stack to read, but make deep trees.
    expect_limit_of_text("close" + repeated(" + close", 8'000), "deeper than 32 levels");
    expect_limit_of_text("close" + repeated(" * 2", 10'000), "deeper than 32 levels");
    expect_limit_of_text("close" + repeated("[1]", 10'000), "deeper than 32 levels");
    EXPECT_NO_THROW(parse_expression("close" + repeated(" + close", 31)));
    expect_limit_of_text("close" + repeated(" + close", 32), "deeper than 32 levels");
    EXPECT_NO_THROW(parse_expression(repeated("(", 80) + "close" + repeated(")", 80)));
    // The deepest tree that may be is written and read again.
    const Limits deepest{.nodes = 10'000, .depth = 100};
    const Node deep = parse_expression(repeated("-(", 99) + "close" + repeated(")", 99), deepest);
    EXPECT_EQ(parse_expression(to_text(deep), deepest), deep);
    EXPECT_EQ(parse_expression(to_json(deep).dump(), deepest), deep);
}

TEST(Limits, Nodes) {
    // Wide, not deep: three nodes a condition and one for the and.
    const auto wide = [](std::size_t conditions) { return "close > 1" + repeated(" and close > 1", conditions - 1); };
    EXPECT_NO_THROW(parse_expression(wide(166)));
    expect_limit_of_text(wide(167), "more than 500 nodes");
    expect_limit_of_text(wide(4'000), "more than 10000 nodes", {.nodes = 1'000'000});
    // All trees together.
    expect_limit([&] { parse_ruleset("{\"entry\": \"" + wide(100) + "\", \"exit\": \"" + wide(100) + "\"}"); },
                 "more than 500 nodes");
}

TEST(Limits, Lookback) {
    EXPECT_NO_THROW(parse_expression("sma(close, 9001)[1000]"));
    expect_limit_of_text("sma(close, 9001)[1001]", "looks back 10001 bars, the limit is 10000");
    expect_limit([&] { parse_ruleset(R"({"entry": "close > close[10001]"})"); },
                 "look back 10001 bars, the limit is 10000");
    // A parameter counts with its largest value.
    const auto ranged = [](int most) {
        return R"j({"entry": "close > close[$n]", "params": {"n": {"value": 5, "min": 1, "step": 1, "max": )j" +
               std::to_string(most) + "}}}";
    };
    EXPECT_NO_THROW(parse_ruleset(ranged(10'000)));
    expect_limit([&] { parse_ruleset(ranged(10'001)); }, "look back 10001 bars");
    EXPECT_NO_THROW(parse_ruleset(ranged(1'000'000), {.lookback = 100'000'000}));
}

TEST(Limits, Symbols) {
    const auto symbols = [](std::size_t count, const std::string& symbol) {
        return "{\"entry\": \"close > 1\", \"symbols\": [\"" + symbol + "\"" +
               repeated(",\"" + symbol + "\"", count - 1) + "]}";
    };
    EXPECT_NO_THROW(parse_ruleset(symbols(100, "A")));
    const auto error = error_of([&] { parse_ruleset(symbols(101, "A")); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::limit_exceeded);
    // 64 characters, not bytes
    EXPECT_NO_THROW(parse_ruleset(symbols(1, repeated("é", 64))));
    EXPECT_EQ(error_of([&] { parse_ruleset(symbols(1, repeated("é", 65))); })->code(), ErrorCode::out_of_range);
}

TEST(Limits, ProblemsAreNotEndless) {
    std::string json = "{";
    for (int i = 0; i < 5'000; ++i) json += "\"k" + std::to_string(i) + "\": 1,";
    json += "\"entry\": \"close > 1\"}";
    const auto problems = check_ruleset(json, {.bytes = 1 << 20});
    EXPECT_EQ(problems.size(), 101u);
    EXPECT_EQ(problems.back().code, ErrorCode::limit_exceeded);
}

TEST(Limits, EveryPrefixOfATextIsReadOrRefused) {
    const std::string text =
        R"j({"entry": "not (sma(close, $n) crosses above -5[1] or x between 1e3 and .5) and any_of(macd().signal >= 2, 3)",)j"
        R"j( "params": {"n": {"value": 5, "min": 1, "max": 9, "step": 1}}, "short": {"exit": {"op": "gt", "args": ["close"]}}})j";
    for (std::size_t length = 0; length <= text.size(); ++length) {
        EXPECT_FALSE(check_ruleset(text.substr(0, length)).empty());
    }
    const std::string condition =
        "not (sma(close, 5) crosses above -5[1] or rsi() between 1e3 and .5) and low rising 2";
    for (std::size_t length = 0; length < condition.size(); ++length) {
        try {
            parse_expression(condition.substr(0, length));
        } catch (const Error& error) {
            EXPECT_NE(error.code(), ErrorCode::internal) << error.message();
        }
    }
}

TEST(Validate, CatchesWhatAChangeInMemoryBreaks) {
    const Ruleset sound = parse_ruleset(R"j({"entry": "close > sma(close, $n)", "exit": "rsi(14) < 30 and close > 1",
        "params": {"n": {"value": 5, "min": 2, "max": 9, "step": 1}}, "stop_loss": {"pct": 2}})j");
    validate(sound);
    const auto code_of = [&](const std::function<void(Ruleset&)>& change) {
        Ruleset changed = sound;
        change(changed);
        const auto error = error_of([&] { validate(changed); });
        return error ? error->where() + " " + std::to_string(static_cast<int>(error->code())) : std::string{};
    };
    const auto code = [](ErrorCode value) { return " " + std::to_string(static_cast<int>(value)); };
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args[1].args[1] = Node::number(1); }),
              "$.entry.args[1].args[1]" + code(ErrorCode::out_of_range));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args[1].args.pop_back(); }),
              "$.entry.args[1]" + code(ErrorCode::invalid_ruleset));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args[1].output = 7; }),
              "$.entry.args[1]" + code(ErrorCode::invalid_ruleset));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args[1].name = "SMA"; }),
              "$.entry.args[1]" + code(ErrorCode::unknown_name));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args[0].name = "Close"; }),
              "$.entry.args[0]" + code(ErrorCode::unknown_name));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args[0] = Node::make(Op::choice, {}); }),
              "$.entry.args[0]" + code(ErrorCode::type_mismatch));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry->args.pop_back(); }),
              "$.entry" + code(ErrorCode::invalid_ruleset));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.exit->args.resize(1); }),
              "$.exit" + code(ErrorCode::invalid_ruleset));
    EXPECT_EQ(
        code_of([](Ruleset& r) { r.long_side.exit->args[0].args[1].value = std::numeric_limits<double>::quiet_NaN(); }),
        "$.exit.args[0].args[1]" + code(ErrorCode::out_of_range));
    EXPECT_EQ(code_of([](Ruleset& r) { r.stop_loss->distance = Node::number(HUGE_VAL); }),
              "$.stop_loss.pct" + code(ErrorCode::out_of_range));
    EXPECT_EQ(code_of([](Ruleset& r) { r.parameters["n"].value = 99; }), "$.params.n" + code(ErrorCode::out_of_range));
    EXPECT_EQ(code_of([](Ruleset& r) { r.parameters["n"].step = HUGE_VAL; }),
              "$.params.n" + code(ErrorCode::out_of_range));
    EXPECT_EQ(code_of([](Ruleset& r) { r.parameters.clear(); }),
              "$.entry.args[1].args[1]" + code(ErrorCode::unknown_name));
    EXPECT_EQ(code_of([](Ruleset& r) { r.long_side.entry.reset(); }), "$" + code(ErrorCode::invalid_ruleset));
    EXPECT_EQ(code_of([](Ruleset& r) {
                  for (int i = 0; i < 40; ++i) {
                      r.long_side.exit = Node::make(Op::logical_not, {std::move(*r.long_side.exit)});
                  }
              }),
              "$.exit" + code(ErrorCode::limit_exceeded));
}

TEST(Parameters, AreBoundAndReplaced) {
    Ruleset ruleset =
        parse_ruleset(R"j({"entry": "close > sma($n)", "max_bars": "$n", "stop_loss": {"atr": "$k", "period": "$n"},
        "params": {"n": {"value": 5, "min": 2, "max": 9, "step": 1}, "k": 1.5}})j");
    EXPECT_EQ(to_json(bind_parameters(ruleset), Form::text).dump(),
              R"j({"entry":"close > sma(close, 5)","max_bars":5,"stop_loss":{"atr":1.5,"period":5}})j");
    apply_parameters(ruleset, R"({"n": 7.0})");
    EXPECT_EQ(ruleset.parameters.at("n").value, 7);
    apply_parameters(ruleset, "{}");
    validate(ruleset);
    apply_parameters(ruleset, R"({"n": 70})");
    EXPECT_EQ(error_of([&] { validate(ruleset); })->where(), "$.params.n");

    const auto error = [&](const char* values) { return *error_of([&] { apply_parameters(ruleset, values); }); };
    EXPECT_EQ(error(R"({"m": 7})").code(), ErrorCode::unknown_name);
    EXPECT_EQ(error(R"({"nn": 7})").hint(), "Declare it under \"params\" of the ruleset.");
    EXPECT_EQ(error(R"({"n": "7"})").code(), ErrorCode::type_mismatch);
    EXPECT_EQ(error(R"({"n": 1e999})").code(), ErrorCode::out_of_range);
    EXPECT_EQ(error("[]").code(), ErrorCode::type_mismatch);
    EXPECT_EQ(error("{").code(), ErrorCode::syntax_error);
    EXPECT_EQ(error(R"({"n": 7, "n": 8})").code(), ErrorCode::syntax_error);

    ruleset.parameters.clear();
    EXPECT_EQ(error_of([&] { bind_parameters(ruleset); })->code(), ErrorCode::unknown_name);
    const Node node = parse_expression("close + $a", {}, some_parameters());
    EXPECT_EQ(to_text(bind_parameters(node, some_parameters())), "close + 3");
}

}  // namespace
}  // namespace evolve::test
