// Every way to write a ruleset wrongly: code, place and words of the error.
#include <algorithm>

#include "ruleset/ruleset_support.hpp"

namespace evolve::test {
namespace {

struct ErrorCase {
    const char* input;
    ErrorCode code;
    const char* where;
    const char* message;
    const char* hint;  // nullptr: not looked at
};

// A text that stands alone, or a tree.
constexpr ErrorCase expression_errors[] = {
    // words and signs
    {"", ErrorCode::syntax_error, "position 1", "the text is empty", nullptr},
    {"  ", ErrorCode::syntax_error, "position 3", "the text is empty", nullptr},
    {"close >", ErrorCode::syntax_error, "position 8", "expected a number, name or \"(\", found the end of the text",
     nullptr},
    {"close > )", ErrorCode::syntax_error, "position 9", "expected a number, name or \"(\", found \")\"", nullptr},
    {"close > +5", ErrorCode::syntax_error, "position 9", "expected a number, name or \"(\", found \"+\"",
     "A number needs no plus sign."},
    {"close open", ErrorCode::syntax_error, "position 7", "expected an operator or the end, found \"open\"", ""},
    {"close betwen 1 and 2", ErrorCode::syntax_error, "position 7", "expected an operator or the end, found \"betwen\"",
     "Did you mean \"between\"?"},
    {"close > 5)", ErrorCode::syntax_error, "position 10", "expected an operator or the end, found \")\"", nullptr},
    {"(close > 5", ErrorCode::syntax_error, "position 11", "expected \")\", found the end of the text", nullptr},
    {"sma(close 20)", ErrorCode::syntax_error, "position 11", "expected \",\" or \")\", found \"20\"", nullptr},
    {"sma(close,)", ErrorCode::syntax_error, "position 11", "expected a number, name or \"(\", found \")\"", nullptr},
    {"close[1", ErrorCode::syntax_error, "position 8", "expected \"]\", found the end of the text", nullptr},
    {"close[]", ErrorCode::syntax_error, "position 7", "expected a number of bars or a parameter, found \"]\"",
     nullptr},
    {"close[-1]", ErrorCode::syntax_error, "position 7", "expected a number of bars or a parameter, found \"-\"",
     nullptr},
    {"close rising", ErrorCode::syntax_error, "position 13",
     "expected a number of bars or a parameter, found the end of the text", nullptr},
    {"close crosses open", ErrorCode::syntax_error, "position 15",
     "expected \"above\" or \"below\" after \"crosses\", found \"open\"", nullptr},
    {"close between 1", ErrorCode::syntax_error, "position 16", "expected \"and\", found the end of the text", nullptr},
    {"close > open > low", ErrorCode::syntax_error, "position 14", "comparisons cannot be chained",
     "Join two comparisons with \"and\", or use x between low and high."},
    {"close > open crosses above 5", ErrorCode::syntax_error, "position 14", "comparisons cannot be chained", nullptr},
    {"5 + not close > 1", ErrorCode::syntax_error, "position 5", "expected a number, found \"not\"", nullptr},
    {"macd().5", ErrorCode::syntax_error, "position 7", "expected an operator or the end, found \".5\"", nullptr},
    {"macd().", ErrorCode::syntax_error, "position 8",
     "expected the name of an output after \".\", found the end of the text", nullptr},
    {"macd()[1].signal", ErrorCode::syntax_error, "position 10", "expected an operator or the end, found \".\"",
     nullptr},
    {"abs(close, 1)", ErrorCode::syntax_error, "position 1", "abs takes 1 argument, got 2", nullptr},
    {"all_of(close > 1)", ErrorCode::syntax_error, "position 1", "all_of takes 2 arguments, got 1", nullptr},
    {"close > 5x", ErrorCode::syntax_error, "position 9", "\"5x\" is neither a number nor a name", nullptr},
    {"close > 1.5.2", ErrorCode::syntax_error, "position 12", "expected an operator or the end, found \".2\"", nullptr},
    {"close > 1e", ErrorCode::syntax_error, "position 9", "\"1e\" is neither a number nor a name", nullptr},
    {"close > $", ErrorCode::syntax_error, "position 10", "expected the name of a parameter after \"$\"", nullptr},
    {"close > 5%", ErrorCode::syntax_error, "position 10", "unexpected character \"%\"", nullptr},
    {"close > é", ErrorCode::syntax_error, "position 9", "unexpected character \"é\"", nullptr},
    {"close \xFF", ErrorCode::syntax_error, "position 7", "unexpected character \"?\"", nullptr},
    {"close > 1e999", ErrorCode::out_of_range, "position 9", "the number \"1e999\" is too large or too small", nullptr},
    {"close > 1e-999", ErrorCode::out_of_range, "position 9", "the number \"1e-999\" is too large or too small",
     nullptr},
    // names
    {"clsoe > 5", ErrorCode::unknown_name, "position 1", "there is no series \"clsoe\"", "Did you mean \"close\"?"},
    {"price > 5", ErrorCode::unknown_name, "position 1", "there is no series \"price\"",
     "The series are open, high, low, close, volume, hl2, hlc3 and ohlc4."},
    {"rsi > 5", ErrorCode::unknown_name, "position 1", "\"rsi\" is an indicator, not a series",
     "An indicator is written with parentheses: rsi(...)."},
    {"smma(close, 5)", ErrorCode::unknown_name, "position 1", "there is no indicator or operator \"smma\"",
     "Did you mean \"sma\"?"},
    {"quantum_flux(5)", ErrorCode::unknown_name, "position 1", "there is no indicator or operator \"quantum_flux\"",
     "evolve_indicators() lists the indicators."},
    {"5 + risng(close, 2)", ErrorCode::unknown_name, "position 5", "there is no indicator or operator \"risng\"",
     "Did you mean \"rising\"?"},
    {"macd().sgnal", ErrorCode::unknown_name, "position 8", "macd has no output \"sgnal\"", "Did you mean \"signal\"?"},
    {"macd().q", ErrorCode::unknown_name, "position 8", "macd has no output \"q\"",
     "macd has the outputs macd, signal and histogram."},
    {"sma(5).upper", ErrorCode::unknown_name, "position 8", "sma has no output \"upper\"", "sma has one output: sma."},
    {"bbands(close, 20, 2, 2, emma)", ErrorCode::unknown_name, "position 25", "\"emma\" is no matype of bbands",
     "Did you mean \"ema\"?"},
    {"sma(clse, 20)", ErrorCode::unknown_name, "position 5", "there is no series \"clse\"", "Did you mean \"close\"?"},
    {"close > $z", ErrorCode::unknown_name, "position 9", "there is no parameter \"z\"",
     "The parameters are a, b and fast."},
    {"close > $fats", ErrorCode::unknown_name, "position 9", "there is no parameter \"fats\"",
     "Did you mean \"fast\"?"},
    {"close > $A", ErrorCode::unknown_name, "position 9", "there is no parameter \"A\"", nullptr},
    // arguments
    {"sma(close, 20, 5)", ErrorCode::invalid_ruleset, "position 1", "sma takes at most 2 arguments, got 3",
     "It is written sma(series, period)."},
    {"sma(5, 20)", ErrorCode::invalid_ruleset, "position 1", "sma takes at most 1 argument after the series, got 2",
     nullptr},
    {"sma(2 + 3, 20)", ErrorCode::type_mismatch, "position 7", "sma takes a series, not a constant", nullptr},
    {"sma(close > 1, 20)", ErrorCode::type_mismatch, "position 11", "sma takes a series of numbers, not a condition",
     nullptr},
    {"sma(close, open)", ErrorCode::type_mismatch, "position 12", "the period of sma must be a number or a parameter",
     nullptr},
    {"sma(close, 10 + 10)", ErrorCode::type_mismatch, "position 15",
     "the period of sma must be a number or a parameter", nullptr},
    {"sma(close, ema)", ErrorCode::unknown_name, "position 12", "\"ema\" is an indicator, not a series", nullptr},
    {"bbands(close, 20, 2, 2, 1)", ErrorCode::type_mismatch, "position 25", "the matype of bbands must be a name",
     nullptr},
    {"sma(close, 1)", ErrorCode::out_of_range, "position 12", "the period of sma cannot be 1",
     "Here the period of sma is a whole number from 2 to 10000."},
    {"sma(close, 2.5)", ErrorCode::out_of_range, "position 12", "the period of sma cannot be 2.5", nullptr},
    {"sma(close, 1e300)", ErrorCode::out_of_range, "position 12", "the period of sma cannot be 1e+300", nullptr},
    {"sma(close, -5)", ErrorCode::out_of_range, "position 12", "the period of sma cannot be -5", nullptr},
    {"sma(close, $b)", ErrorCode::out_of_range, "position 12",
     "the range of $b reaches outside what the period of sma can be", nullptr},
    {"bbands(close, 20, 101)", ErrorCode::out_of_range, "position 19", "the deviations_up of bbands cannot be 101",
     "Here the deviations_up of bbands is from 0 to 100."},
    {"macd(26, 12, 9)", ErrorCode::out_of_range, "position 1",
     "the arguments of macd do not go together: fast_period must be less than slow_period", nullptr},
    {"close[0]", ErrorCode::out_of_range, "position 7", "the lag cannot be 0",
     "The current bar is written without [0]."},
    {"close[1.5]", ErrorCode::out_of_range, "position 7", "the lag cannot be 1.5", nullptr},
    {"close[$b]", ErrorCode::out_of_range, "position 7", "the range of $b reaches outside what the lag can be",
     nullptr},
    {"lag(close, open)", ErrorCode::type_mismatch, "position 12", "the lag must be a number or a parameter", nullptr},
    {"close rising 0", ErrorCode::out_of_range, "position 14", "the number of bars cannot be 0", nullptr},
    {"any_of(close > 1, 2000000)", ErrorCode::out_of_range, "position 19", "the number of bars cannot be 2000000",
     nullptr},
    // units
    {"rsi(14) > close", ErrorCode::type_mismatch, "position 9",
     "an oscillator (0 to 100) cannot be compared with a price", nullptr},
    {"close > open + volume", ErrorCode::type_mismatch, "position 14", "a price cannot be added to a volume", nullptr},
    {"close - volume > 1", ErrorCode::type_mismatch, "position 7", "a volume cannot be subtracted from a price",
     nullptr},
    {"close crosses above volume", ErrorCode::type_mismatch, "position 7", "a price cannot be compared with a volume",
     nullptr},
    {"close between 1 and volume", ErrorCode::type_mismatch, "position 7", "a price cannot be compared with a volume",
     nullptr},
    {"close / open > rsi(14)", ErrorCode::type_mismatch, "position 14",
     "a ratio cannot be compared with an oscillator (0 to 100)", nullptr},
    {"close * open > close", ErrorCode::type_mismatch, "position 14", "a plain number cannot be compared with a price",
     nullptr},
    {"close and open > 1", ErrorCode::type_mismatch, "position 1", "and takes conditions, not a price", nullptr},
    {"not close", ErrorCode::type_mismatch, "position 5", "not takes conditions, not a price", nullptr},
    {"all_of(close, 3)", ErrorCode::type_mismatch, "position 8", "all_of takes conditions, not a price", nullptr},
    {"(close > 1) > 5", ErrorCode::type_mismatch, "position 8", "a comparison takes numbers, not a condition", nullptr},
    {"(close > 1) + 5", ErrorCode::type_mismatch, "position 8", "arithmetic takes numbers, not a condition", nullptr},
    {"5 crosses above (close > 1)", ErrorCode::type_mismatch, "position 24", "a cross takes numbers, not a condition",
     nullptr},
    {"(close > 1) rising 2", ErrorCode::type_mismatch, "position 8", "rising takes numbers, not a condition", nullptr},
    {"abs(close > 1)", ErrorCode::type_mismatch, "position 11", "abs takes numbers, not a condition", nullptr},
    // trees
    {"{", ErrorCode::syntax_error, "position 2",
     "this is not JSON: syntax error while parsing object key - unexpected end of input; expected string literal",
     nullptr},
    {R"({"args": []})", ErrorCode::invalid_ruleset, "$", "\"op\" is missing", nullptr},
    {R"({"op": 5})", ErrorCode::type_mismatch, "$.op", "expected the name of an operator, found a number", nullptr},
    {R"({"op": "gt", "args": 5})", ErrorCode::type_mismatch, "$.args", "expected an array of arguments, found a number",
     nullptr},
    {R"({"op": "gt", "arg": []})", ErrorCode::unknown_name, "$.arg", "unknown key \"arg\"", "Did you mean \"args\"?"},
    {R"({"op": "gt", "a b": []})", ErrorCode::unknown_name, "$[\"a b\"]", "unknown key \"a b\"",
     "The keys here are op, args and output."},
    {R"({"op": "gt", "args": ["close"]})", ErrorCode::invalid_ruleset, "$", "gt takes 2 arguments, got 1", nullptr},
    {R"({"op": "not", "args": []})", ErrorCode::invalid_ruleset, "$", "not takes 1 argument, got 0", nullptr},
    {R"({"op": "and", "args": ["close > 1"]})", ErrorCode::invalid_ruleset, "$",
     "and takes at least 2 arguments, got 1", nullptr},
    {R"({"op": "gt", "args": ["close", 1], "output": "x"})", ErrorCode::unknown_name, "$.output",
     "the operator \"gt\" has no outputs", "Only indicators have them."},
    {R"({"op": "macd", "output": "x"})", ErrorCode::unknown_name, "$.output", "macd has no output \"x\"", nullptr},
    {R"({"op": "macd", "output": 1})", ErrorCode::type_mismatch, "$.output",
     "expected the name of an output, found a number", nullptr},
    {R"({"op": "sma", "args": ["close", 20, 3]})", ErrorCode::invalid_ruleset, "$",
     "sma takes at most 2 arguments, got 3", nullptr},
    {R"({"op": "sma", "args": ["close", "20.5"]})", ErrorCode::out_of_range, "$.args[1], position 1",
     "the period of sma cannot be 20.5", nullptr},
    {R"({"op": "sma", "args": ["close", 1e30]})", ErrorCode::out_of_range, "$.args[1]",
     "the period of sma cannot be 1e+30", nullptr},
    {R"({"op": "rsi", "args": [1]})", ErrorCode::out_of_range, "$.args[0]", "the period of rsi cannot be 1", nullptr},
    {R"({"op": "sma", "args": ["close", null]})", ErrorCode::type_mismatch, "$.args[1]",
     "expected a tree or a text, found null", nullptr},
    {R"({"op": "gt", "args": ["close", true]})", ErrorCode::type_mismatch, "$.args[1]",
     "expected a tree or a text, found a boolean", nullptr},
    {R"({"op": "gt", "args": ["close", ["open"]]})", ErrorCode::type_mismatch, "$.args[1]",
     "expected a tree or a text, found an array",
     "Join conditions with {\"op\": \"and\", \"args\": [...]} or {\"op\": \"or\", \"args\": [...]}."},
    {R"({"op": "gt", "args": ["close", {"op": "lt", "args": ["close", {"op": "emaa"}]}]})", ErrorCode::unknown_name,
     "$.args[1].args[1]", "there is no indicator or operator \"emaa\"", "Did you mean \"ema\"?"},
    {R"j({"op": "gt", "args": ["close", "open + smaa(5)"]})j", ErrorCode::unknown_name, "$.args[1], position 8",
     "there is no indicator or operator \"smaa\"", nullptr},
    {R"({"op": "gt", "args": ["close", "ope"]})", ErrorCode::unknown_name, "$.args[1], position 1",
     "there is no series \"ope\"", nullptr},
    {R"({"op": "gt", "args": ["close", "open +"]})", ErrorCode::syntax_error, "$.args[1], position 7",
     "expected a number, name or \"(\", found the end of the text", nullptr},
    {R"({"op": "gt", "args": ["close", {"op": "rsi", "args": [14]}]})", ErrorCode::type_mismatch, "$",
     "a price cannot be compared with an oscillator (0 to 100)", nullptr},
    {R"({"op": "gt", "args": ["close", {"op": "sub", "args": ["close", "volume"]}]})", ErrorCode::type_mismatch,
     "$.args[1]", "a volume cannot be subtracted from a price", nullptr},
    {R"({"op": "gt", "args": ["close", {"param": "q"}]})", ErrorCode::unknown_name, "$.args[1]",
     "there is no parameter \"q\"", nullptr},
    {R"({"op": "gt", "args": ["close", {"param": 5}]})", ErrorCode::type_mismatch, "$.args[1].param",
     "expected the name of a parameter, found a number", nullptr},
    {R"({"op": "gt", "args": ["close", {"param": "a", "value": 1}]})", ErrorCode::unknown_name, "$.args[1].value",
     "unknown key \"value\"", nullptr},
    {R"({"op": "gt", "args": ["close", 1], "args": []})", ErrorCode::syntax_error, "$.args",
     "the key \"args\" is given twice", nullptr},
    {R"({"op": "gt", "args": ["close", 1e999]})", ErrorCode::out_of_range, "$", "a number in the JSON is too large",
     nullptr},
    {"{\"op\": \"\xC3\x28\"}", ErrorCode::syntax_error, "position 10",
     "this is not JSON: syntax error while parsing value - invalid string: ill-formed UTF-8 byte", nullptr},
};

// A whole ruleset; `input` is what stands in {…}.
constexpr ErrorCase ruleset_errors[] = {
    {"", ErrorCode::invalid_ruleset, "$", "there is no entry", "Give \"entry\", or \"short\": {\"entry\": ...}."},
    {R"("exit": "close > 1")", ErrorCode::invalid_ruleset, "$", "there is no entry", nullptr},
    {R"("entry": "close > 1", "direction": "short")", ErrorCode::invalid_ruleset, "$.direction",
     "direction is short, but there is no entry of the short side", nullptr},
    {R"("short": {"entry": "close > 1"}, "direction": "long")", ErrorCode::invalid_ruleset, "$.direction",
     "direction is long, but there is no entry of the long side", nullptr},
    {R"("entry": "close > 1", "direction": "up")", ErrorCode::unknown_name, "$.direction",
     "there is no direction \"up\"", "Write \"long\", \"short\" or \"both\"."},
    {R"("entry": "close > 1", "direction": 1)", ErrorCode::type_mismatch, "$.direction",
     "expected a text, found a number", nullptr},
    {R"("entry": "close")", ErrorCode::type_mismatch, "$.entry, position 1", "a rule is a condition, not a price",
     nullptr},
    {R"("entry": 5)", ErrorCode::type_mismatch, "$.entry", "a rule is a condition, not a plain number", nullptr},
    {R"("entry": true)", ErrorCode::type_mismatch, "$.entry", "expected a tree or a text, found a boolean", nullptr},
    {R"("entry": ["close > 1"])", ErrorCode::type_mismatch, "$.entry", "expected a tree or a text, found an array",
     nullptr},
    {R"("entry": "close > 1", "exits": "close < 1")", ErrorCode::unknown_name, "$.exits", "unknown key \"exits\"",
     "Did you mean \"exit\"?"},
    {R"("entry": "close > 1", "entry": "close < 1")", ErrorCode::syntax_error, "$.entry",
     "the key \"entry\" is given twice", nullptr},
    {R"("entry": "close > 1", "short": "close < 1")", ErrorCode::type_mismatch, "$.short",
     "expected an object, found a text", nullptr},
    {R"("entry": "close > 1", "short": {"entri": "close < 1"})", ErrorCode::unknown_name, "$.short.entri",
     "unknown key \"entri\"", "Did you mean \"entry\"?"},
    {R"("short": {"entry": "close < volume"})", ErrorCode::type_mismatch, "$.short.entry, position 7",
     "a price cannot be compared with a volume", nullptr},
    {R"("entry": "close > 1", "stop_loss": 5)", ErrorCode::type_mismatch, "$.stop_loss",
     "expected an object, found a number",
     "Write {\"pct\": 2} for 2 percent or {\"atr\": 3, \"period\": 14} for three ATRs."},
    {R"("entry": "close > 1", "stop_loss": {})", ErrorCode::invalid_ruleset, "$.stop_loss",
     "neither \"pct\" nor \"atr\" is given", nullptr},
    {R"("entry": "close > 1", "take_profit": {"pct": 1, "atr": 1})", ErrorCode::invalid_ruleset, "$.take_profit",
     "\"pct\" and \"atr\" exclude each other", nullptr},
    {R"("entry": "close > 1", "stop_loss": {"pct": 1, "period": 14})", ErrorCode::unknown_name, "$.stop_loss.period",
     "unknown key \"period\"", "The keys here are pct."},
    {R"("entry": "close > 1", "stop_loss": {"pct": 0})", ErrorCode::out_of_range, "$.stop_loss.pct",
     "the percentage of stop_loss cannot be 0", "Here the percentage of stop_loss is above 0 and below 100."},
    {R"("entry": "close > 1", "stop_loss": {"pct": 100})", ErrorCode::out_of_range, "$.stop_loss.pct",
     "the percentage of stop_loss cannot be 100", nullptr},
    {R"("entry": "close > 1", "trailing_stop": {"pct": -3})", ErrorCode::out_of_range, "$.trailing_stop.pct",
     "the percentage of trailing_stop cannot be -3", nullptr},
    {R"("entry": "close > 1", "take_profit": {"pct": 0})", ErrorCode::out_of_range, "$.take_profit.pct",
     "the percentage of take_profit cannot be 0", nullptr},
    {R"("entry": "close > 1", "take_profit": {"atr": 0})", ErrorCode::out_of_range, "$.take_profit.atr",
     "the number of ATRs cannot be 0", nullptr},
    {R"("entry": "close > 1", "take_profit": {"atr": 1, "period": 1.5})", ErrorCode::out_of_range,
     "$.take_profit.period", "the period of the ATR cannot be 1.5", nullptr},
    {R"("entry": "close > 1", "take_profit": {"pct": "close"})", ErrorCode::type_mismatch, "$.take_profit.pct",
     "expected a number or a parameter, found a text", "Write a number, {\"param\": \"name\"} or \"$name\"."},
    {R"("entry": "close > 1", "take_profit": {"pct": null})", ErrorCode::type_mismatch, "$.take_profit.pct",
     "expected a number or a parameter, found null", nullptr},
    {R"("entry": "close > 1", "take_profit": {"pct": "$q"})", ErrorCode::unknown_name, "$.take_profit.pct",
     "there is no parameter \"q\"", "Declare it: \"params\": {\"name\": 14}."},
    {R"("entry": "close > 1", "stop_loss": {"pct": "$q"}, "params": {"q": {"value": 5, "min": 1, "max": 200, "step": 1}})",
     ErrorCode::out_of_range, "$.stop_loss.pct",
     "the range of $q reaches outside what the percentage of stop_loss can be", nullptr},
    {R"("entry": "close > 1", "max_bars": 0)", ErrorCode::out_of_range, "$.max_bars", "max_bars cannot be 0", nullptr},
    {R"("entry": "close > 1", "max_bars": 2.5)", ErrorCode::out_of_range, "$.max_bars", "max_bars cannot be 2.5",
     nullptr},
    {R"("entry": "close > 1", "max_bars": 5e20)", ErrorCode::out_of_range, "$.max_bars", "max_bars cannot be 5e+20",
     nullptr},
    {R"("entry": "close > 1", "max_bars": 18446744073709551616)", ErrorCode::out_of_range, "$.max_bars",
     "max_bars cannot be 18446744073709551616", nullptr},
    {R"("entry": "close > 1", "cooldown_bars": -1)", ErrorCode::out_of_range, "$.cooldown_bars",
     "cooldown_bars cannot be -1", "Here cooldown_bars is a whole number from 0 to 1000000."},
    {R"("entry": "close > 1", "sizing": "half")", ErrorCode::unknown_name, "$.sizing", "there is no sizing \"half\"",
     nullptr},
    {R"("entry": "close > 1", "sizing": 1)", ErrorCode::type_mismatch, "$.sizing", "expected an object, found a number",
     "Write \"all_in\", {\"fraction\": 0.5} or {\"units\": 10}."},
    {R"("entry": "close > 1", "sizing": {})", ErrorCode::invalid_ruleset, "$.sizing",
     "neither \"fraction\" nor \"units\" is given", nullptr},
    {R"("entry": "close > 1", "sizing": {"fraction": 1, "units": 1})", ErrorCode::invalid_ruleset, "$.sizing",
     "\"fraction\" and \"units\" exclude each other", nullptr},
    {R"("entry": "close > 1", "sizing": {"fraction": 1.5})", ErrorCode::out_of_range, "$.sizing.fraction",
     "the fraction of the sizing cannot be 1.5", "Here the fraction of the sizing is above 0 and at most 1."},
    {R"("entry": "close > 1", "sizing": {"fraction": 0})", ErrorCode::out_of_range, "$.sizing.fraction",
     "the fraction of the sizing cannot be 0", nullptr},
    {R"("entry": "close > 1", "sizing": {"units": 0})", ErrorCode::out_of_range, "$.sizing.units",
     "the units of the sizing cannot be 0", nullptr},
    {R"("entry": "close > 1", "params": 5)", ErrorCode::type_mismatch, "$.params", "expected an object, found a number",
     nullptr},
    {R"("entry": "close > 1", "params": {"A": 5})", ErrorCode::invalid_ruleset, "$.params.A",
     "\"A\" cannot be the name of a parameter", nullptr},
    {R"("entry": "close > 1", "params": {"1a": 5})", ErrorCode::invalid_ruleset, "$.params.1a",
     "\"1a\" cannot be the name of a parameter", nullptr},
    {R"("entry": "close > 1", "params": {"": 5})", ErrorCode::invalid_ruleset, "$.params[\"\"]",
     "\"\" cannot be the name of a parameter", nullptr},
    {R"("entry": "close > 1", "params": {"a": "5"})", ErrorCode::type_mismatch, "$.params.a",
     "expected a number or an object, found a text", nullptr},
    {R"("entry": "close > 1", "params": {"a": {"min": 1, "max": 2, "step": 1}})", ErrorCode::invalid_ruleset,
     "$.params.a", "\"value\" is missing", nullptr},
    {R"("entry": "close > 1", "params": {"a": {"value": 1, "min": 1, "max": 2}})", ErrorCode::invalid_ruleset,
     "$.params.a", "\"min\", \"max\" and \"step\" go together", nullptr},
    {R"("entry": "close > 1", "params": {"a": {"value": 1, "mim": 1}})", ErrorCode::unknown_name, "$.params.a.mim",
     "unknown key \"mim\"", "Did you mean \"min\"?"},
    {R"("entry": "close > 1", "params": {"a": {"value": 1, "min": "1", "max": 2, "step": 1}})",
     ErrorCode::type_mismatch, "$.params.a.min", "expected a number, found a text", nullptr},
    {R"("entry": "close > 1", "params": {"a": {"value": 1, "min": 0, "max": 2, "step": 0}})", ErrorCode::out_of_range,
     "$.params.a.step", "the step of a parameter must be above 0", nullptr},
    {R"("entry": "close > 1", "params": {"a": {"value": 1, "min": 3, "max": 2, "step": 1}})", ErrorCode::out_of_range,
     "$.params.a", "min 3 is above max 2", nullptr},
    {R"("entry": "close > 1", "params": {"a": {"value": 5, "min": 1, "max": 2, "step": 1}})", ErrorCode::out_of_range,
     "$.params.a", "the value 5 is not between min 1 and max 2", nullptr},
    {R"j("entry": "close > sma($n)", "params": {"n": {"value": 5, "min": 1, "max": 9, "step": 1}})j",
     ErrorCode::out_of_range, "$.entry, position 13", "the range of $n reaches outside what the period of sma can be",
     nullptr},
    {R"j("entry": "close > sma($n)", "params": {"n": {"value": 5, "min": 3, "max": 9, "step": 0.5}})j",
     ErrorCode::out_of_range, "$.entry, position 13", "the range of $n reaches outside what the period of sma can be",
     nullptr},
    {R"j("entry": "close > sma($n)", "params": {"n": {"value": 5, "min": 2.5, "max": 9, "step": 1}})j",
     ErrorCode::out_of_range, "$.entry, position 13", "the range of $n reaches outside what the period of sma can be",
     nullptr},
    {R"("entry": "close > 1", "symbols": 5)", ErrorCode::type_mismatch, "$.symbols",
     "expected an array of texts, found a number", nullptr},
    {R"("entry": "close > 1", "symbols": [])", ErrorCode::invalid_ruleset, "$.symbols", "the list of symbols is empty",
     nullptr},
    {R"("entry": "close > 1", "symbols": ["A", 5])", ErrorCode::type_mismatch, "$.symbols[1]",
     "expected a text, found a number", nullptr},
    {R"("entry": "close > 1", "symbols": [""])", ErrorCode::out_of_range, "$.symbols[0]", "\"\" cannot be a symbol",
     nullptr},
    {R"("entry": "close > 1", "symbols": "A\nB")", ErrorCode::out_of_range, "$.symbols[0]",
     "\"A?B\" cannot be a symbol", nullptr},
    {R"("entry": "close > 1", "timeframe": "2d")", ErrorCode::unknown_name, "$.timeframe",
     "there is no timeframe \"2d\"", "The timeframes are 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w and 1mo."},
    {R"("entry": "close > 1", "timeframe": 5)", ErrorCode::type_mismatch, "$.timeframe",
     "expected a text, found a number", nullptr},
};

void expect_error(const ErrorCase& expected, const Error& error) {
    EXPECT_EQ(error.code(), expected.code) << static_cast<int>(error.code());
    EXPECT_EQ(error.where(), expected.where);
    EXPECT_EQ(error.message(), expected.message);
    if (expected.hint != nullptr) {
        EXPECT_EQ(error.hint(), expected.hint);
    }
    // Message: lower case, no period. Hint: whole sentences.
    ASSERT_FALSE(error.message().empty());
    EXPECT_NE(error.message().back(), '.');
    EXPECT_FALSE(error.message().front() >= 'A' && error.message().front() <= 'Z') << error.message();
    EXPECT_TRUE(error.hint().empty() || error.hint().back() == '.' || error.hint().back() == '?') << error.hint();
}

TEST(Errors, OfExpressions) {
    for (const ErrorCase& expected : expression_errors) {
        SCOPED_TRACE(expected.input);
        const auto error = error_of([&] { parse_expression(expected.input, {}, some_parameters()); });
        if (error) expect_error(expected, *error);
    }
}

TEST(Errors, OfRulesets) {
    for (const ErrorCase& expected : ruleset_errors) {
        SCOPED_TRACE(expected.input);
        const std::string json = "{" + std::string(expected.input) + "}";
        const auto error = error_of([&] { parse_ruleset(json); });
        if (error) expect_error(expected, *error);
        // The list of all problems holds it too.
        bool listed = false;
        for (const Problem& problem : check_ruleset(json)) {
            listed = listed || (problem.severity == Problem::Severity::error && problem.where == expected.where &&
                                problem.message == expected.message);
        }
        EXPECT_TRUE(listed);
    }
}

TEST(Errors, OfWhatIsNoRuleset) {
    for (const char* json : {"5", "null", "[]", "\"close > 1\"", "true"}) {
        const auto error = error_of([&] { parse_ruleset(json); });
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), ErrorCode::type_mismatch);
        EXPECT_EQ(error->where(), "$");
    }
    for (const char* json : {"", " ", "{", "{]", "{\"entry\": 'close'}", "{} x", "{\"entry\": NaN}",
                             "{\"a\": Infinity}", "{\"entry\": \"close > 1\",}", "{\"entry\": 01}"}) {
        const auto error = error_of([&] { parse_ruleset(json); });
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), ErrorCode::syntax_error) << json;
        EXPECT_TRUE(error->where().starts_with("position ")) << error->where();
    }
}

TEST(Errors, HostileNamesAreQuotedSafely) {
    const auto message = [](std::string_view text) {
        const auto error = error_of([&] { parse_expression(text); });
        return error ? error->message() : std::string{};
    };
    EXPECT_EQ(message(std::string(100, 'x') + " > 1"), "there is no series \"" + std::string(60, 'x') + "...\"");
    // A very long name is no typing error of any other, and costs nothing.
    EXPECT_FALSE(message(std::string(60'000, 's') + "(close)").empty());
}

TEST(Errors, AllOfThemAreListed) {
    const char* const json = R"j({"entry": "closs > smaa(5) and volume > close", "exit": ["close > 1"],
        "exxit": 1, "stop_loss": {"pct": 200}, "take_profit": {"atr": 3, "pct": 1}, "max_bars": 1.5,
        "short": {"entry": {"op": "and", "args": ["close >", {"op": "gt", "args": ["opn", 5]}]}},
        "symbols": [], "timeframe": "2d", "direction": "shrt", "sizing": {"fraction": 2}})j";
    std::vector<std::string> places;
    for (const Problem& problem : check_ruleset(json)) {
        EXPECT_EQ(problem.severity, Problem::Severity::error);
        places.push_back(problem.where);
    }
    std::sort(places.begin(), places.end());
    const std::vector<std::string> expected{
        "$.direction",
        "$.entry, position 1",
        "$.entry, position 28",
        "$.entry, position 9",
        "$.exit",
        "$.exxit",
        "$.max_bars",
        "$.short.entry.args[0], position 8",
        "$.short.entry.args[1].args[0], position 1",
        "$.sizing.fraction",
        "$.stop_loss.pct",
        "$.symbols",
        "$.take_profit",
        "$.timeframe",
    };
    EXPECT_EQ(places, expected);
}

TEST(Errors, OfManyRulesetsTheFirstWrongOneIsNamed) {
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i)
        texts.push_back(R"j({"entry": "close > sma(close, )j" + std::to_string(2 + i) + R"j()"})j");
    for (const unsigned threads : {1u, 4u}) {
        const Control control{.poll = nullptr, .threads = threads};
        const std::vector<Ruleset> rulesets = parse_rulesets(texts, {}, control);
        ASSERT_EQ(rulesets.size(), texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_TRUE(rulesets[i] == parse_ruleset(texts[i])) << i;
        auto wrong = texts;
        for (std::size_t i = 70; i < wrong.size(); ++i) wrong[i] = R"j({"entry": "close >"})j";
        wrong[69] = R"j({"entry": "closs > 5"})j";
        for (int round = 0; round < 20; ++round) {
            const auto error = error_of([&] { parse_rulesets(wrong, {}, control); });
            ASSERT_TRUE(error);
            EXPECT_EQ(error->code(), ErrorCode::unknown_name);
            EXPECT_EQ(error->message(), "ruleset 70: there is no series \"closs\"");
            EXPECT_EQ(error->where(), "$.entry, position 1");
        }
    }
    EXPECT_TRUE(parse_rulesets({}).empty());
    const Control stopped{.poll = []() noexcept { return true; }, .threads = 2};
    EXPECT_EQ(error_of([&] { parse_rulesets(texts, {}, stopped); })->code(), ErrorCode::interrupted);
}

}  // namespace
}  // namespace evolve::test
