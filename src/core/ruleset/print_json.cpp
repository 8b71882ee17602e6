// Rulesets and trees as JSON values.
#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

using nlohmann::json;

// Rules and numbers in the wanted form.
json written(const Node& node, Form form) {
    if (form == Form::tree) return to_json(node);
    if (node.op == Op::constant) return exact_number(node.value);
    return to_text(node);
}

json written(const ExitLevel& level, Form form) {
    if (level.kind == ExitLevel::Kind::percent) return {{"pct", written(level.distance, form)}};
    return {{"atr", written(level.distance, form)}, {"period", written(level.period, form)}};
}

json written(const Sizing& sizing, Form form) {
    switch (sizing.kind) {
        case Sizing::Kind::fraction:
            return {{"fraction", written(sizing.amount, form)}};
        case Sizing::Kind::units:
            return {{"units", written(sizing.amount, form)}};
        default:
            return "all_in";
    }
}

json written(const Parameter& parameter) {
    if (!parameter.minimum && !parameter.maximum && !parameter.step) return exact_number(parameter.value);
    json object{{"value", exact_number(parameter.value)}};
    if (parameter.minimum) object["min"] = exact_number(*parameter.minimum);
    if (parameter.maximum) object["max"] = exact_number(*parameter.maximum);
    if (parameter.step) object["step"] = exact_number(*parameter.step);
    return object;
}

json written(const Side& side, Form form) {
    json object = json::object();
    if (side.entry) object["entry"] = written(*side.entry, form);
    if (side.exit) object["exit"] = written(*side.exit, form);
    return object;
}

std::string_view direction_name(Direction direction) {
    switch (direction) {
        case Direction::long_only:
            return "long";
        case Direction::short_only:
            return "short";
        default:
            return "both";
    }
}

}  // namespace

json to_json(const Node& node) {
    switch (node.op) {
        case Op::constant:
            return exact_number(node.value);
        case Op::parameter:
            return {{"param", node.name}};
        case Op::series:
        case Op::choice:
            return node.name;
        default:
            break;
    }
    json object;
    object["op"] = node.op == Op::indicator ? node.name : std::string(op_name(node.op));
    json& args = object["args"] = json::array();
    for (const Node& arg : node.args) args.push_back(to_json(arg));
    if (node.op == Op::indicator) {
        const Indicator* known = find_indicator(node.name);
        if (known != nullptr && known->outputs.size() > 1) object["output"] = known->outputs[node.output].name;
    }
    return object;
}

json to_json(const Ruleset& ruleset, Form form) {
    json object = written(ruleset.long_side, form);
    if (ruleset.short_side != Side{}) object["short"] = written(ruleset.short_side, form);
    if (ruleset.direction != implied_direction(ruleset)) object["direction"] = direction_name(ruleset.direction);
    if (ruleset.stop_loss) object["stop_loss"] = written(*ruleset.stop_loss, form);
    if (ruleset.take_profit) object["take_profit"] = written(*ruleset.take_profit, form);
    if (ruleset.trailing_stop) object["trailing_stop"] = written(*ruleset.trailing_stop, form);
    if (ruleset.max_bars) object["max_bars"] = written(*ruleset.max_bars, form);
    if (ruleset.cooldown_bars) object["cooldown_bars"] = written(*ruleset.cooldown_bars, form);
    if (ruleset.sizing) object["sizing"] = written(*ruleset.sizing, form);
    for (const auto& [name, parameter] : ruleset.parameters) object["params"][name] = written(parameter);
    if (!ruleset.symbols.empty()) object["symbols"] = ruleset.symbols;
    if (ruleset.timeframe) object["timeframe"] = to_string(*ruleset.timeframe);
    return object;
}

}  // namespace evolve
