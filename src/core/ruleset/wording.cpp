#include "core/ruleset/wording.hpp"

#include <algorithm>

#include "core/base/number.hpp"
#include "core/ruleset/operators.hpp"
#include "core/ruleset/source.hpp"

namespace evolve {
namespace {

std::string series_words(std::string_view name) {
    if (name == "hl2") return "the middle of the bar's range";
    if (name == "hlc3") return "the typical price";
    if (name == "ohlc4") return "the average price of the bar";
    return "the " + std::string(name);
}

std::string_view comparison_words(Op op) {
    switch (op) {
        case Op::greater:
            return " is above ";
        case Op::greater_equal:
            return " is at or above ";
        case Op::less:
            return " is below ";
        case Op::less_equal:
            return " is at or below ";
        case Op::equal:
            return " equals ";
        case Op::not_equal:
            return " differs from ";
        case Op::crosses_above:
            return " crosses above ";
        default:
            return " crosses below ";
    }
}

// "RSI" when the name is the initials of the title ("relative strength index"), else empty.
std::string abbreviation(const Indicator& known) {
    std::string initials;
    bool begins = true;
    for (const char c : known.title) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter && begins) initials += static_cast<char>(c & ~0x20);
        begins = !letter;
    }
    const auto same = [](char upper, char lower) { return upper == (lower & ~0x20); };
    const bool is_name =
        initials.size() > 1 && std::equal(initials.begin(), initials.end(), known.name.begin(), known.name.end(), same);
    return is_name ? initials : std::string{};
}

bool is_arithmetic(Op op) { return op >= Op::add && op <= Op::divide; }

}  // namespace

std::string Wording::plain(const Node& number, std::string_view unit) const {
    if (number.op != Op::parameter) return format_number(number.value) + std::string(unit);
    const auto found = parameters_.find(number.name);
    if (found == parameters_.end()) return number.name + std::string(unit);
    return format_number(found->second.value) + std::string(unit) + " (" + number.name + ")";
}

std::string Wording::bars(const Node& count) const {
    return count == Node::number(1) ? std::string("one bar") : plain(count, " bars");
}

std::string Wording::operand(const Node& node) {
    return is_arithmetic(node.op) ? "(" + number(node) + ")" : number(node);
}

std::string Wording::number(const Node& node) {
    switch (node.op) {
        case Op::constant:
        case Op::parameter:
            return plain(node);
        case Op::series:
            return series_words(node.name);
        case Op::choice:
            return node.name;
        case Op::indicator:
            return indicator(node);
        case Op::lag:
            return operand(node.args[0]) + " " + bars(node.args[1]) + " ago";
        case Op::negate:
            return "minus " + operand(node.args[0]);
        case Op::absolute:
            return "the absolute value of " + operand(node.args[0]);
        case Op::add:
            return operand(node.args[0]) + " plus " + operand(node.args[1]);
        case Op::subtract:
            return operand(node.args[0]) + " minus " + operand(node.args[1]);
        case Op::multiply: {
            // "0.95 times the close", whichever way it was written.
            const bool factor_last = is_leaf_number(node.args[1]);
            const std::string first = operand(node.args[factor_last ? 1 : 0]);
            return first + " times " + operand(node.args[factor_last ? 0 : 1]);
        }
        default:
            return operand(node.args[0]) + " divided by " + operand(node.args[1]);
    }
}

// The full title once, with its abbreviation; the abbreviation after that. Arguments that the words before did not tell
// follow in parentheses.
std::string Wording::title(const Indicator& known, const std::string& arguments) {
    const std::string initials = abbreviation(known);
    const bool first_time = introduced_.insert(known.name).second;
    const bool shortened = !initials.empty() && !first_time;
    std::string inside = initials.empty() || shortened ? std::string{} : initials;
    if (!arguments.empty()) inside += (inside.empty() ? "" : " ") + arguments;
    std::string words = shortened ? initials : std::string(known.title);
    return inside.empty() ? words : words + " (" + inside + ")";
}

// "the highest high of the last 20 bars"
std::string Wording::extreme(const Indicator& known, const Node& node) {
    const std::string_view superlative = known.title.substr(0, known.title.find(' '));
    const Node& x = node.args[0];
    const bool one_price = x.op == Op::series && x.name != "hl2" && x.name != "hlc3" && x.name != "ohlc4";
    const std::string of = one_price ? x.name : "value of " + operand(x);
    return "the " + std::string(superlative) + " " + of + (one_price ? " of the last " : " over the last ") +
           bars(node.args[1]);
}

std::string Wording::indicator(const Node& node) {
    const Indicator* known = find_indicator(node.name);
    if (known == nullptr || known->arguments.size() != node.args.size()) return node.name;
    if (known->family == Family::extreme && known->takes_series() && node.args.size() == 2)
        return extreme(*known, node);

    const std::size_t first = known->takes_series() ? 1 : 0;
    const auto parameters = known->parameters();
    bool others_by_default = true;
    std::string arguments;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Node& arg = node.args[first + i];
        if (i > 0 && arg != standard_value(parameters[i])) others_by_default = false;
        if (i > 0) arguments += ", ";
        arguments += arg.op == Op::choice ? arg.name : plain(arg);
    }
    const bool only_period = !parameters.empty() && parameters.front().name == "period" && others_by_default;
    std::string words = "the ";
    if (known->outputs.size() > 1 && known->outputs[node.output].name != known->name) {
        words += std::string(known->outputs[node.output].name) + " line of the ";
    }
    if (only_period) words += plain(node.args[first], "-bar") + " ";
    words += title(*known, only_period ? std::string{} : arguments);
    if (first == 1 && node.args[0] != Node::series("close")) words += " of " + operand(node.args[0]);
    return words;
}

std::string Wording::part(const Node& node) {
    const bool compound = node.op == Op::logical_and || node.op == Op::logical_or || node.op == Op::all_of ||
                          node.op == Op::any_of || node.op == Op::lag;
    return compound ? "(" + condition(node) + ")" : condition(node);
}

std::string Wording::negation(const Node& node) {
    if (is_comparison(node.op)) return condition(Node::make(opposite(node.op), node.args));
    if (node.op == Op::crosses_above || node.op == Op::crosses_below) {
        return number(node.args[0]) + " does not cross " + (node.op == Op::crosses_above ? "above " : "below ") +
               number(node.args[1]);
    }
    return "it is not so that " + part(node);
}

std::string Wording::condition(const Node& node) {
    switch (node.op) {
        case Op::between: {
            std::string x = number(node.args[0]), low = number(node.args[1]);
            return x + " is between " + low + " and " + number(node.args[2]);
        }
        case Op::rising:
        case Op::falling: {
            const bool up = node.op == Op::rising;
            std::string x = number(node.args[0]);
            if (node.args[1] == Node::number(1)) return x + (up ? " is rising" : " is falling");
            return x + (up ? " has risen " : " has fallen ") + bars(node.args[1]) + " in a row";
        }
        case Op::all_of:
            if (node.args[1] == Node::number(1)) return condition(node.args[0]);
            return part(node.args[0]) + " on each of the last " + bars(node.args[1]);
        case Op::any_of:
            if (node.args[1] == Node::number(1)) return condition(node.args[0]);
            return part(node.args[0]) + " on at least one of the last " + bars(node.args[1]);
        case Op::lag:
            return part(node.args[0]) + ", " + bars(node.args[1]) + " ago";
        case Op::logical_not:
            return negation(node.args[0]);
        case Op::logical_and:
        case Op::logical_or: {
            std::string words;
            for (const Node& arg : node.args) {
                if (!words.empty()) words += node.op == Op::logical_and ? " and " : " or ";
                words += part(arg);
            }
            return words;
        }
        default: {
            std::string left = number(node.args[0]);
            return left + std::string(comparison_words(node.op)) + number(node.args[1]);
        }
    }
}

std::string Wording::rule(const Node& node) {
    const bool list = (node.op == Op::logical_and || node.op == Op::logical_or) && node.args.size() > 2;
    if (!list) return condition(node);
    std::string words = node.op == Op::logical_and ? "all of these hold: " : "any of these holds: ";
    for (std::size_t i = 0; i < node.args.size(); ++i) {
        if (i > 0) words += "; ";
        words += condition(node.args[i]);
    }
    return words;
}

}  // namespace evolve
