#include "core/ruleset/lookback.hpp"

#include <algorithm>
#include <array>

#include "core/ruleset/arguments.hpp"
#include "core/ruleset/canonical.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

using Parameters = std::map<std::string, Parameter>;

double largest(const Node& node, const Parameters& parameters) {
    if (node.op == Op::constant) return node.value;
    const auto found = parameters.find(node.name);
    if (node.op != Op::parameter || found == parameters.end()) {
        throw Error(ErrorCode::internal, "the parameter " + in_quotes(node.name) + " has no value");
    }
    return std::max(found->second.value, found->second.maximum.value_or(found->second.value));
}

std::size_t bars(const Node& node, const Parameters& parameters) {
    return static_cast<std::size_t>(largest(node, parameters));
}

std::size_t warm_up(const Node& node, const Parameters& parameters) {
    const Indicator* known = find_indicator(node.name);
    if (known == nullptr || known->arguments.size() != node.args.size()) {
        throw Error(ErrorCode::internal, "the indicator " + in_quotes(node.name) + " was not checked");
    }
    const auto values = argument_values(*known, node, [&](const Node& arg) { return largest(arg, parameters); });
    const std::size_t before = known->takes_series() ? lookback(node.args.front(), parameters) : 0;
    return before + known->warm_up(values);
}

}  // namespace

std::size_t lookback(const Node& node, const Parameters& parameters) {
    switch (node.op) {
        case Op::indicator:
            return warm_up(node, parameters);
        // The past of a constant is the constant.
        case Op::lag:
            return is_constant(node.args[0]) ? 0 : lookback(node.args[0], parameters) + bars(node.args[1], parameters);
        case Op::rising:
        case Op::falling:
            return lookback(node.args[0], parameters) + bars(node.args[1], parameters);
        case Op::all_of:
        case Op::any_of:
            return lookback(node.args[0], parameters) + bars(node.args[1], parameters) - 1;
        default:
            break;
    }
    std::size_t most = 0;
    for (const Node& arg : node.args) most = std::max(most, lookback(arg, parameters));
    return most + (node.op == Op::crosses_above || node.op == Op::crosses_below ? 1 : 0);
}

std::size_t lookback(const Node& node) { return lookback(node, {}); }

std::size_t lookback(const Ruleset& ruleset) {
    std::size_t most = 0;
    const auto add = [&](const std::optional<Node>& rule) {
        if (rule) most = std::max(most, lookback(*rule, ruleset.parameters));
    };
    add(ruleset.long_side.entry);
    add(ruleset.long_side.exit);
    add(ruleset.short_side.entry);
    add(ruleset.short_side.exit);
    for (const auto* level : {&ruleset.stop_loss, &ruleset.take_profit, &ruleset.trailing_stop}) {
        if (!*level || (*level)->kind != ExitLevel::Kind::atr) continue;
        const Indicator* atr = find_indicator("atr");
        const double period = largest((*level)->period, ruleset.parameters);
        if (atr != nullptr) most = std::max(most, atr->warm_up(std::array{period}));
    }
    return most;
}

}  // namespace evolve
