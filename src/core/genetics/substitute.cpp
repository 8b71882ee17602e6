#include <algorithm>
#include <cmath>

#include "core/genetics/mutation.hpp"
#include "core/genetics/pick.hpp"
#include "core/genetics/walk.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

// Oscillators and momentum both say how far and fast the price went: a rule may use either.
Family purpose(Family family) { return family == Family::momentum ? Family::oscillator : family; }

std::vector<const Indicator*> substitutes(const Indicator& indicator) {
    std::vector<const Indicator*> found;
    for (const Indicator* other : all_indicators()) {
        if (other != &indicator && purpose(other->family) == purpose(indicator.family)) found.push_back(other);
    }
    return found;
}

bool is_number(const Argument& argument) { return argument.kind == ArgKind::integer || argument.kind == ArgKind::real; }

// The argument of the old node that a new argument takes over: the one of the same name, else the next unused one of
// the same kind. -1: none.
std::ptrdiff_t source_of(const Argument& wanted, const Indicator& old, std::vector<bool>& used) {
    const auto take = [&](auto&& fits) -> std::ptrdiff_t {
        for (std::size_t i = 0; i < old.arguments.size(); ++i) {
            if (used[i] || !fits(old.arguments[i])) continue;
            used[i] = true;
            return static_cast<std::ptrdiff_t>(i);
        }
        return -1;
    };
    const auto by_name = take([&](const Argument& a) { return a.kind == wanted.kind && a.name == wanted.name; });
    if (by_name >= 0 || wanted.kind == ArgKind::choice) return by_name;
    return take([&](const Argument& a) { return a.kind == wanted.kind; });
}

Node default_argument(const Argument& argument) {
    switch (argument.kind) {
        case ArgKind::series:
            return Node::series("close");
        case ArgKind::choice: {
            Node node;
            node.op = Op::choice;
            node.name = argument.choices[static_cast<std::size_t>(argument.standard)];
            return node;
        }
        case ArgKind::integer:
        case ArgKind::real:
            break;
    }
    return Node::number(argument.standard);
}

Node fitted(const Node& old, const Argument& argument) {
    if (old.op != Op::constant || !is_number(argument)) return old;
    double value = std::clamp(old.value, argument.minimum, argument.maximum);
    if (argument.kind == ArgKind::integer) value = std::round(value);
    return Node::number(value);
}

std::uint8_t output_of(const Node& old, const Indicator& from, const Indicator& to, Random& random) {
    const std::string_view name = from.outputs[old.output].name;
    for (std::size_t i = 0; i < to.outputs.size(); ++i) {
        if (to.outputs[i].name == name) return static_cast<std::uint8_t>(i);
    }
    return static_cast<std::uint8_t>(random.below(to.outputs.size()));
}

Node built(const Node& old, const Indicator& from, const Indicator& to, Random& random) {
    Node node;
    node.op = Op::indicator;
    node.name = to.name;
    node.output = output_of(old, from, to, random);
    std::vector<bool> used(from.arguments.size());
    for (const Argument& argument : to.arguments) {
        const std::ptrdiff_t source = source_of(argument, from, used);
        node.args.push_back(source < 0 ? default_argument(argument)
                                       : fitted(old.args[static_cast<std::size_t>(source)], argument));
    }
    return node;
}

// Moves literals that the value is compared with to the middle of its new scale.
void recentre(Node& comparison, Unit unit) {
    if (!is_comparison(comparison.op) && comparison.op != Op::crosses_above && comparison.op != Op::crosses_below)
        return;
    for (Node& operand : comparison.args) {
        if (operand.op == Op::constant) operand.value = unit == Unit::oscillator ? 50 : 0;
    }
}

}  // namespace

Step substitute_indicator(Ruleset& draft, Random& random) {
    std::vector<Spot> spots;
    for (const Spot& spot : all_spots(draft)) {
        if (spot.node->op != Op::indicator) continue;
        const Indicator* known = find_indicator(spot.node->name);
        if (known != nullptr && !substitutes(*known).empty()) spots.push_back(spot);
    }
    if (spots.empty()) return std::nullopt;
    const Spot& spot = pick(spots, random);
    const Indicator& from = *find_indicator(spot.node->name);
    const Indicator& to = *pick(substitutes(from), random);
    const Node before = *spot.node;
    const Unit old_unit = check_units(before, draft.parameters);
    Node after = built(before, from, to, random);
    Unit new_unit = old_unit;
    try {
        new_unit = check_units(after, draft.parameters);
    } catch (const Error&) {
        return std::nullopt;  // arguments that make no sense together (fast above slow): nothing was touched yet
    }
    nlohmann::json step = replacement("indicator_substitution", spot.path, to_json(before), to_json(after));
    step["from"] = from.name;
    step["to"] = to.name;
    *spot.node = std::move(after);
    if (new_unit != old_unit && spot.parent != nullptr) recentre(*spot.parent, new_unit);
    return step;
}

}  // namespace evolve
