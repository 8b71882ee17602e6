#include "core/ruleset/ruleset_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/ruleset/json_text.hpp"
#include "core/ruleset/json_tree.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/text_lexer.hpp"

namespace evolve {
namespace {

using nlohmann::json;
using Text = std::string_view;

constexpr std::array ruleset_keys{Text("entry"),         Text("exit"),        Text("short"),         Text("direction"),
                                  Text("stop_loss"),     Text("take_profit"), Text("trailing_stop"), Text("max_bars"),
                                  Text("cooldown_bars"), Text("sizing"),      Text("params"),        Text("symbols"),
                                  Text("timeframe")};
constexpr std::array side_keys{Text("entry"), Text("exit")};
constexpr std::array percent_keys{Text("pct")};
constexpr std::array atr_keys{Text("atr"), Text("period")};
constexpr std::array sizing_keys{Text("fraction"), Text("units")};
constexpr std::array parameter_keys{Text("value"), Text("min"), Text("max"), Text("step")};

// nullptr when there is no such member or it is null, which is the same as leaving it out.
const json* member(const json& object, Text key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

class Reader {
public:
    Reader(Builder& builder, Origins& origins) : builder_(builder), origins_(origins) {}

    Ruleset ruleset(const json& object);

private:
    void fault(ErrorCode code, std::string path, std::string message, std::string hint = {}) {
        builder_.problems().error(code, std::move(path), std::move(message), std::move(hint));
    }
    bool is_object(const json& value, const std::string& path, std::string hint);
    void known_keys(const json& object, std::span<const Text> keys, const std::string& path);
    std::optional<Node> rule(const json& object, Text key, const std::string& path);
    std::optional<Node> number(const json& object, Text key, const std::string& path);
    std::optional<ExitLevel> level(const json& object, Text key);
    std::optional<Sizing> sizing(const json& object);
    void parameters(const json& object, Ruleset& result);
    std::optional<double> plain_number(const json& object, Text key, const std::string& path);
    void direction(const json& object, Ruleset& result);
    void symbols(const json& object, Ruleset& result);
    void timeframe(const json& object, Ruleset& result);

    Builder& builder_;
    Origins& origins_;
};

bool Reader::is_object(const json& value, const std::string& path, std::string hint) {
    if (value.is_object()) return true;
    fault(ErrorCode::type_mismatch, path, "expected an object, found " + described(value), std::move(hint));
    return false;
}

void Reader::known_keys(const json& object, std::span<const Text> keys, const std::string& path) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        fault(ErrorCode::unknown_name, path + path_step(key), "unknown key " + in_quotes(key),
              suggestion(key, keys, "The keys here are " + listed(keys) + "."));
    }
}

std::optional<Node> Reader::rule(const json& object, Text key, const std::string& path) {
    const json* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    Parsed parsed = parse_tree(*value, path, builder_);
    origins_[path] = std::move(parsed.origin);
    return std::move(parsed.node);
}

std::optional<Node> Reader::number(const json& object, Text key, const std::string& path) {
    const json* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    Parsed parsed = parse_number(*value, path, builder_);
    origins_[path] = std::move(parsed.origin);
    return std::move(parsed.node);
}

std::optional<ExitLevel> Reader::level(const json& object, Text key) {
    const json* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    const std::string path = "$." + std::string(key);
    const std::string hint = "Write {\"pct\": 2} for 2 percent or {\"atr\": 3, \"period\": 14} for three ATRs.";
    if (!is_object(*value, path, hint)) return std::nullopt;
    const bool percent = value->contains("pct"), atr = value->contains("atr");
    if (percent == atr) {
        fault(ErrorCode::invalid_ruleset, path,
              percent ? "\"pct\" and \"atr\" exclude each other" : "neither \"pct\" nor \"atr\" is given", hint);
        return std::nullopt;
    }
    known_keys(*value, percent ? std::span<const Text>(percent_keys) : std::span<const Text>(atr_keys), path);
    ExitLevel result;
    result.kind = percent ? ExitLevel::Kind::percent : ExitLevel::Kind::atr;
    const Text distance = percent ? "pct" : "atr";
    Parsed parsed = parse_number(value->at(std::string(distance)), path + path_step(distance), builder_);
    result.distance = std::move(parsed.node);
    origins_[path + path_step(distance)] = std::move(parsed.origin);
    if (!percent) {
        if (auto period = number(*value, "period", path + ".period")) result.period = std::move(*period);
    }
    return result;
}

std::optional<Sizing> Reader::sizing(const json& object) {
    const json* value = member(object, "sizing");
    if (value == nullptr) return std::nullopt;
    const std::string path = "$.sizing";
    const std::string hint = "Write \"all_in\", {\"fraction\": 0.5} or {\"units\": 10}.";
    if (value->is_string()) {
        if (value->get_ref<const std::string&>() == "all_in") return Sizing{};
        fault(ErrorCode::unknown_name, path, "there is no sizing " + in_quotes(value->get_ref<const std::string&>()),
              hint);
        return std::nullopt;
    }
    if (!is_object(*value, path, hint)) return std::nullopt;
    known_keys(*value, sizing_keys, path);
    const bool fraction = value->contains("fraction"), units = value->contains("units");
    if (fraction == units) {
        fault(
            ErrorCode::invalid_ruleset, path,
            fraction ? "\"fraction\" and \"units\" exclude each other" : "neither \"fraction\" nor \"units\" is given",
            hint);
        return std::nullopt;
    }
    const Text key = fraction ? "fraction" : "units";
    Parsed parsed = parse_number(value->at(std::string(key)), path + path_step(key), builder_);
    origins_[path + path_step(key)] = std::move(parsed.origin);
    return Sizing{fraction ? Sizing::Kind::fraction : Sizing::Kind::units, std::move(parsed.node)};
}

std::optional<double> Reader::plain_number(const json& object, Text key, const std::string& path) {
    const json* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) {
        fault(ErrorCode::type_mismatch, path + path_step(key), "expected a number, found " + described(*value));
        return std::nullopt;
    }
    const double number = value->get<double>();
    return number == 0 ? 0 : number;  // -0 is written 0
}

void Reader::parameters(const json& object, Ruleset& result) {
    const json* params = member(object, "params");
    if (params == nullptr) return;
    const std::string hint =
        "Write {\"fast\": 10} or {\"fast\": {\"value\": 10, \"min\": 5, \"max\": 50, \"step\": 1}}.";
    if (!is_object(*params, "$.params", hint)) return;
    for (const auto& [name, value] : params->items()) {
        const std::string path = "$.params" + path_step(name);
        // A faulty parameter stays declared, so that its uses are not reported as well.
        Parameter& parameter = result.parameters[name];
        if (value.is_number()) {
            const double number = value.get<double>();
            parameter.value = number == 0 ? 0 : number;
            continue;
        }
        if (!value.is_object()) {
            fault(ErrorCode::type_mismatch, path, "expected a number or an object, found " + described(value), hint);
            continue;
        }
        known_keys(value, parameter_keys, path);
        if (member(value, "value") == nullptr) fault(ErrorCode::invalid_ruleset, path, "\"value\" is missing", hint);
        parameter.value = plain_number(value, "value", path).value_or(0);
        parameter.minimum = plain_number(value, "min", path);
        parameter.maximum = plain_number(value, "max", path);
        parameter.step = plain_number(value, "step", path);
    }
}

void Reader::direction(const json& object, Ruleset& result) {
    result.direction = implied_direction(result);
    const json* value = member(object, "direction");
    if (value == nullptr) return;
    constexpr std::array names{Text("long"), Text("short"), Text("both")};
    if (!value->is_string()) {
        fault(ErrorCode::type_mismatch, "$.direction", "expected a text, found " + described(*value),
              "Write \"long\", \"short\" or \"both\".");
        return;
    }
    const std::string& text = value->get_ref<const std::string&>();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!equals_ignoring_case(text, names[i])) continue;
        result.direction = static_cast<Direction>(i);
        return;
    }
    fault(ErrorCode::unknown_name, "$.direction", "there is no direction " + in_quotes(text),
          suggestion(text, names, "Write \"long\", \"short\" or \"both\"."));
}

void Reader::symbols(const json& object, Ruleset& result) {
    const json* value = member(object, "symbols");
    if (value == nullptr) return;
    const std::string hint = "Write [\"BTCUSDT\", \"ETHUSDT\"], or leave it out for every symbol.";
    if (value->is_string()) {
        result.symbols.push_back(value->get<std::string>());
    } else if (!value->is_array()) {
        fault(ErrorCode::type_mismatch, "$.symbols", "expected an array of texts, found " + described(*value), hint);
    } else if (value->empty()) {
        fault(ErrorCode::invalid_ruleset, "$.symbols", "the list of symbols is empty", hint);
    } else {
        for (std::size_t i = 0; i < value->size(); ++i) {
            const json& symbol = (*value)[i];
            if (symbol.is_string()) {
                result.symbols.push_back(symbol.get<std::string>());
            } else {
                fault(ErrorCode::type_mismatch, "$.symbols[" + std::to_string(i) + "]",
                      "expected a text, found " + described(symbol), hint);
            }
        }
    }
}

void Reader::timeframe(const json& object, Ruleset& result) {
    const json* value = member(object, "timeframe");
    if (value == nullptr) return;
    std::vector<Text> names;
    for (const Timeframe timeframe : all_timeframes()) names.push_back(to_string(timeframe));
    const std::string hint = "The timeframes are " + listed(names) + ".";
    if (!value->is_string()) {
        fault(ErrorCode::type_mismatch, "$.timeframe", "expected a text, found " + described(*value), hint);
        return;
    }
    const std::string& text = value->get_ref<const std::string&>();
    result.timeframe = parse_timeframe(text);
    if (!result.timeframe)
        fault(ErrorCode::unknown_name, "$.timeframe", "there is no timeframe " + in_quotes(text), hint);
}

Ruleset Reader::ruleset(const json& object) {
    Ruleset result;
    if (!is_object(object, "$", "A ruleset is written {\"entry\": \"close > sma(close, 50)\", \"exit\": ...}."))
        return result;
    known_keys(object, ruleset_keys, "$");
    parameters(object, result);
    result.long_side.entry = rule(object, "entry", "$.entry");
    result.long_side.exit = rule(object, "exit", "$.exit");
    const json* short_side = member(object, "short");
    if (short_side != nullptr && is_object(*short_side, "$.short", "Write {\"entry\": ..., \"exit\": ...}.")) {
        known_keys(*short_side, side_keys, "$.short");
        result.short_side.entry = rule(*short_side, "entry", "$.short.entry");
        result.short_side.exit = rule(*short_side, "exit", "$.short.exit");
    }
    direction(object, result);
    result.stop_loss = level(object, "stop_loss");
    result.take_profit = level(object, "take_profit");
    result.trailing_stop = level(object, "trailing_stop");
    result.max_bars = number(object, "max_bars", "$.max_bars");
    result.cooldown_bars = number(object, "cooldown_bars", "$.cooldown_bars");
    result.sizing = sizing(object);
    symbols(object, result);
    timeframe(object, result);
    return result;
}

}  // namespace

Ruleset read_ruleset(const json& object, Builder& builder, Origins& origins) {
    return Reader(builder, origins).ruleset(object);
}

}  // namespace evolve
