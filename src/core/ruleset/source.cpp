#include "core/ruleset/source.hpp"

#include <algorithm>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

constexpr Limits ceilings{.bytes = std::size_t{1} << 20, .nodes = 10'000, .depth = 100, .lookback = 1'000'000};

std::vector<std::string_view> callable_names() {
    std::vector<std::string_view> names;
    for (const Indicator* indicator : all_indicators()) {
        names.push_back(indicator->name);
        names.insert(names.end(), indicator->aliases.begin(), indicator->aliases.end());
    }
    for (const Operator& candidate : all_operators()) names.push_back(candidate.name);
    return names;
}

std::string signature(const Indicator& indicator) {
    std::vector<std::string_view> names;
    for (const Argument& argument : indicator.arguments) names.push_back(argument.name);
    return std::string(indicator.name) + "(" + listed(names, ", ") + ")";
}

std::uint8_t output_index(const Indicator& indicator, std::string_view output, Place place, Problems& problems,
                          bool& broken) {
    if (output.empty()) return 0;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < indicator.outputs.size(); ++i) {
        if (equals_ignoring_case(indicator.outputs[i].name, output)) return static_cast<std::uint8_t>(i);
        names.push_back(indicator.outputs[i].name);
    }
    broken = true;
    std::string all = std::string(indicator.name) + (names.size() == 1 ? " has one output: " : " has the outputs ") +
                      listed(names) + ".";
    problems.error(ErrorCode::unknown_name, place.where(),
                   std::string(indicator.name) + " has no output " + in_quotes(output),
                   suggestion(output, names, std::move(all)));
    return 0;
}

}  // namespace

Node standard_value(const Argument& argument) {
    if (argument.kind == ArgKind::series) return Node::series("close");
    if (argument.kind == ArgKind::choice) {
        Node node = Node::make(Op::choice, {});
        node.name = argument.choices[static_cast<std::size_t>(argument.standard)];
        return node;
    }
    return Node::number(argument.standard);
}

Limits effective(const Limits& limits) {
    return {.bytes = std::min(limits.bytes, ceilings.bytes),
            .nodes = std::min(limits.nodes, ceilings.nodes),
            .depth = std::min(limits.depth, ceilings.depth),
            .lookback = std::min(limits.lookback, ceilings.lookback)};
}

void check_bytes(std::string_view text, const Limits& limits) {
    const std::size_t most = effective(limits).bytes;
    if (text.size() <= most) return;
    throw Error(ErrorCode::limit_exceeded,
                "the ruleset has " + std::to_string(text.size()) + " bytes, the limit is " + std::to_string(most), "$",
                "Shorten it, or raise the limit on bytes.");
}

std::string Place::where() const {
    if (position == 0) return std::string(path);
    std::string text(path);
    if (!text.empty()) text += ", ";
    return text + "position " + std::to_string(position);
}

Trail Trail::child(std::size_t index) const {
    const bool known = origin_ != nullptr && index < origin_->args.size();
    Trail below(root_, known ? &origin_->args[index] : nullptr);
    below.parent_ = this;
    below.index_ = index;
    return below;
}

std::string Trail::path() const {
    std::string text = parent_ == nullptr ? std::string(root_) : parent_->path();
    if (origin_ != nullptr) {
        text += origin_->step;
    } else if (parent_ != nullptr) {
        text += ".args[" + std::to_string(index_) + "]";
    }
    return text;
}

std::string Trail::where() const {
    const std::string text = path();
    return Place{text, origin_ == nullptr ? 0 : origin_->position}.where();
}

void Builder::count_node(Place place) {
    if (++nodes_ <= limits_.nodes) return;
    throw Error(ErrorCode::limit_exceeded, "the ruleset has more than " + std::to_string(limits_.nodes) + " nodes",
                place.where(), "Use fewer rules, or raise the limit on nodes.");
}

Parsed Builder::grown(Parsed parsed, Place place) const {
    if (parsed.height <= limits_.depth) return parsed;
    throw Error(ErrorCode::limit_exceeded,
                "the rule is nested deeper than " + std::to_string(limits_.depth) + " levels", place.where(),
                "Split the rule, or raise the limit on depth.");
}

Parsed Builder::leaf(Node node, Place place) {
    count_node(place);
    return {.node = std::move(node), .origin = {.step = {}, .position = place.position}};
}

Parsed Builder::broken(Place place) {
    return {.node = Node::number(0), .origin = {.step = {}, .position = place.position, .broken = true}};
}

Parsed Builder::operation(Op op, std::vector<Parsed> args, Place place) {
    count_node(place);
    Parsed result{.node = Node::make(op, {}), .origin = {.step = {}, .position = place.position}};
    result.node.args.reserve(args.size());
    result.origin.args.reserve(args.size());
    for (Parsed& arg : args) {
        refuse_name(arg, place.path);
        result.height = std::max(result.height, arg.height + 1);
        result.node.args.push_back(std::move(arg.node));
        result.origin.args.push_back(std::move(arg.origin));
    }
    return grown(std::move(result), place);
}

Parsed Builder::call(std::string_view name, std::vector<Parsed> args, std::string_view output, Place place,
                     Place output_place) {
    const Indicator* indicator = find_indicator(name);
    if (indicator == nullptr) {
        problems_.error(ErrorCode::unknown_name, place.where(), "there is no indicator or operator " + in_quotes(name),
                        suggestion(name, callable_names(), "evolve_indicators() lists the indicators."));
        return broken(place);
    }
    count_node(place);
    const std::size_t given = args.size();
    if (indicator->takes_series() &&
        (args.empty() || (is_leaf_number(args.front().node) && !args.front().origin.broken))) {
        args.insert(args.begin(), leaf(Node::series("close"), place));
    }
    if (args.size() > indicator->arguments.size()) {
        const bool series_added = args.size() > given;
        const std::size_t most = indicator->arguments.size() - (series_added ? 1 : 0);
        problems_.error(ErrorCode::invalid_ruleset, place.where(),
                        std::string(indicator->name) + " takes at most " + std::to_string(most) +
                            (most == 1 ? " argument" : " arguments") + (series_added ? " after the series" : "") +
                            ", got " + std::to_string(given),
                        "It is written " + signature(*indicator) + ".");
        return broken(place);
    }
    Parsed result{
        .node = {.op = Op::indicator, .value = 0, .name = std::string(indicator->name), .output = 0, .args = {}},
        .origin = {.step = {}, .position = place.position}};
    result.node.output = output_index(*indicator, output, output_place, problems_, result.origin.broken);
    for (std::size_t i = 0; i < indicator->arguments.size(); ++i) {
        const Argument& argument = indicator->arguments[i];
        Parsed arg = i < args.size() ? std::move(args[i]) : leaf(standard_value(argument), place);
        if (arg.node.op == Op::choice && argument.kind == ArgKind::choice) {
            const auto same = [&](std::string_view choice) { return equals_ignoring_case(choice, arg.node.name); };
            const auto found = std::find_if(argument.choices.begin(), argument.choices.end(), same);
            if (found != argument.choices.end()) {
                arg.node.name = *found;
            } else if (!arg.origin.broken) {
                std::string path(place.path);
                path += arg.origin.step;
                arg.origin.broken = true;
                problems_.error(ErrorCode::unknown_name, Place{path, arg.origin.position}.where(),
                                in_quotes(arg.node.name) + " is no " + std::string(argument.name) + " of " +
                                    std::string(indicator->name),
                                suggestion(arg.node.name, argument.choices,
                                           "Choose one of " + listed(argument.choices, " or ") + "."));
            }
        } else {
            refuse_name(arg, place.path);
        }
        result.height = std::max(result.height, arg.height + 1);
        result.node.args.push_back(std::move(arg.node));
        result.origin.args.push_back(std::move(arg.origin));
    }
    return grown(std::move(result), place);
}

void Builder::refuse_name(Parsed& parsed, std::string_view path) const {
    if (parsed.node.op != Op::choice || parsed.origin.broken) return;
    parsed.origin.broken = true;
    std::string at(path);
    at += parsed.origin.step;
    const std::string& name = parsed.node.name;
    const bool call = find_indicator(name) != nullptr;
    std::string hint = call ? "An indicator is written with parentheses: " + name + "(...)."
                            : suggestion(name, all_series(), "The series are " + listed(all_series()) + ".");
    problems_.error(ErrorCode::unknown_name, Place{at, parsed.origin.position}.where(),
                    call ? in_quotes(name) + " is an indicator, not a series" : "there is no series " + in_quotes(name),
                    std::move(hint));
}

}  // namespace evolve
