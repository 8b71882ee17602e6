// Other ways to write the same ruleset: rewrites of trees that keep the meaning, and random spellings.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/base/number.hpp"
#include "core/base/random.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/operators.hpp"
#include "core/ruleset/source.hpp"

namespace evolve::test {

class Rewriter {
public:
    explicit Rewriter(Random& random) : random_(random) {}

    Ruleset rewrite(Ruleset ruleset) {
        parameters_ = &ruleset.parameters;
        for_each_root(ruleset, [&](Node& root, const char*) { root = tree(std::move(root)); });
        std::reverse(ruleset.symbols.begin(), ruleset.symbols.end());
        if (!ruleset.symbols.empty() && chance()) ruleset.symbols.push_back(ruleset.symbols.front());
        if (!ruleset.cooldown_bars && chance()) ruleset.cooldown_bars = Node::number(0);
        if (ruleset.direction == Direction::long_only && !ruleset.short_side.entry && chance()) {
            ruleset.direction = Direction::both;  // there is nothing to enter on the other side
        }
        return ruleset;
    }

private:
    bool chance() { return random_.chance(0.3); }

    Node tree(Node node) {
        for (Node& arg : node.args) arg = tree(std::move(arg));
        if (node.op == Op::constant) return constant(std::move(node));
        const bool commutes =
            node.op == Op::add || node.op == Op::multiply || node.op == Op::logical_and || node.op == Op::logical_or;
        if (commutes && chance()) std::reverse(node.args.begin(), node.args.end());
        if (mirrored(node.op) != node.op && chance()) {
            std::swap(node.args[0], node.args[1]);
            node.op = mirrored(node.op);
        } else if ((node.op == Op::equal || node.op == Op::not_equal) && chance()) {
            std::swap(node.args[0], node.args[1]);
        }
        if (is_comparison(node.op) && chance()) {
            node.op = opposite(node.op);
            return Node::make(Op::logical_not, {std::move(node)});
        }
        switch (node.op) {
            case Op::logical_and:
            case Op::logical_or:
                return joined(std::move(node));
            case Op::between:
                return chance() ? without_between(std::move(node)) : node;
            case Op::rising:
            case Op::falling:
                return chance() ? without_run(std::move(node)) : node;
            case Op::lag:
                if (node.args[1].op == Op::constant && node.args[1].value > 1 && chance()) {
                    node.args[1].value -= 1;
                    return Node::make(Op::lag, {std::move(node), Node::number(1)});
                }
                return node;
            default:
                break;
        }
        if (is_condition(node.op) && random_.chance(0.1)) {
            return Node::make(Op::logical_not, {Node::make(Op::logical_not, {std::move(node)})});
        }
        return node;
    }

    // The number as a parameter of that value.
    Node constant(Node node) {
        if (!random_.chance(0.1)) return node;
        const std::string name = "same_" + std::to_string(parameters_->size());
        (*parameters_)[name] = {.value = node.value, .minimum = {}, .maximum = {}, .step = {}};
        return Node::parameter(name);
    }

    Node joined(Node node) {
        if (chance()) node.args.push_back(node.args.front());
        if (node.args.size() > 2 && chance()) {
            std::vector<Node> tail(node.args.begin() + 1, node.args.end());
            Node head = std::move(node.args.front());
            return Node::make(node.op, {std::move(head), Node::make(node.op, std::move(tail))});
        }
        if (!chance()) return node;
        // De Morgan
        for (Node& arg : node.args) arg = Node::make(Op::logical_not, {std::move(arg)});
        node.op = node.op == Op::logical_and ? Op::logical_or : Op::logical_and;
        return Node::make(Op::logical_not, {std::move(node)});
    }

    Node without_between(Node node) {
        Node low = Node::make(Op::less_equal, {std::move(node.args[1]), node.args[0]});
        return Node::make(
            Op::logical_and,
            {Node::make(Op::less_equal, {std::move(node.args[0]), std::move(node.args[2])}), std::move(low)});
    }

    Node without_run(Node node) {
        Node before = Node::make(Op::lag, {node.args[0], Node::number(1)});
        Node step =
            Node::make(node.op == Op::rising ? Op::greater : Op::less, {std::move(node.args[0]), std::move(before)});
        return Node::make(Op::all_of, {std::move(step), std::move(node.args[1])});
    }

    Random& random_;
    std::map<std::string, Parameter>* parameters_ = nullptr;
};

// Writes a ruleset as JSON text: any order of keys, trees and texts mixed, aliases, defaults given or left out, numbers
// in any notation.
class Speller {
public:
    explicit Speller(Random& random) : random_(random) {}

    std::string spell(const Ruleset& ruleset) {
        const nlohmann::json plain = to_json(ruleset);
        std::vector<std::pair<std::string, std::string>> members;
        for (const auto& [key, value] : plain.items()) {
            if (key != "entry" && key != "exit" && key != "short") members.emplace_back(key, other(value));
        }
        if (ruleset.long_side.entry) members.emplace_back("entry", tree(*ruleset.long_side.entry));
        if (ruleset.long_side.exit) members.emplace_back("exit", tree(*ruleset.long_side.exit));
        std::vector<std::pair<std::string, std::string>> short_members;
        if (ruleset.short_side.entry) short_members.emplace_back("entry", tree(*ruleset.short_side.entry));
        if (ruleset.short_side.exit) short_members.emplace_back("exit", tree(*ruleset.short_side.exit));
        if (!short_members.empty()) members.emplace_back("short", object(std::move(short_members)));
        if (plain.count("direction") == 0 && random_.chance(0.5)) {
            const bool has_long = ruleset.long_side.entry.has_value(), has_short = ruleset.short_side.entry.has_value();
            members.emplace_back("direction", has_long && has_short ? "\"both\"" : has_long ? "\"long\"" : "\"Short\"");
        }
        return object(std::move(members));
    }

private:
    std::string object(std::vector<std::pair<std::string, std::string>> members) {
        for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[random_.below(i)]);
        std::string text = "{";
        for (const auto& [key, value] : members) {
            if (text.size() > 1) text += random_.chance(0.5) ? "," : " ,\n";
            text += nlohmann::json(key).dump() + (random_.chance(0.5) ? ":" : " : ") + value;
        }
        return text + "}";
    }

    std::string number(double value) {
        char buffer[64];
        switch (random_.below(4)) {
            case 0:
                std::snprintf(buffer, sizeof buffer, "%.17e", value);
                break;
            case 1:
                std::snprintf(buffer, sizeof buffer, "%.17g", value);
                break;
            case 2:
                if (value == std::floor(value) && std::fabs(value) < 1e6) {
                    std::snprintf(buffer, sizeof buffer, "%.3f", value);
                    break;
                }
                [[fallthrough]];
            default:
                return format_number(value);
        }
        return buffer;
    }

    // Everything but rules: numbers, parameters, objects of such.
    std::string other(const nlohmann::json& value) {
        if (value.is_number()) return number(value.get<double>());
        if (!value.is_object()) return value.dump();
        if (value.size() == 1 && value.contains("param") && random_.chance(0.5)) {
            return "\"$" + value["param"].get<std::string>() + "\"";
        }
        std::vector<std::pair<std::string, std::string>> members;
        for (const auto& [key, member] : value.items()) {
            if (key == "period" && member == 14 && random_.chance(0.5)) continue;
            members.emplace_back(key, other(member));
        }
        return object(std::move(members));
    }

    std::string tree(const Node& node) {
        if (random_.chance(0.2)) return nlohmann::json(to_text(node)).dump();
        switch (node.op) {
            case Op::constant:
                return number(node.value);
            case Op::parameter:
                return random_.chance(0.5) ? "\"$" + node.name + "\"" : "{\"param\": \"" + node.name + "\"}";
            case Op::series:
            case Op::choice:
                return "\"" + cased(node.name) + "\"";
            case Op::indicator:
                return indicator(node);
            default:
                break;
        }
        const Operator& known = *operator_of(node.op);
        const std::size_t names = known.aliases.size() + 1, choice = random_.below(names);
        const std::string name(choice == 0 ? known.name : known.aliases[choice - 1]);
        return object({{"op", nlohmann::json(cased(name)).dump()}, {"args", array(node.args, 0, node.args.size())}});
    }

    std::string indicator(const Node& node) {
        const Indicator& known = *find_indicator(node.name);
        std::size_t first = 0, last = node.args.size();
        while (last > 0 && node.args[last - 1] == standard_value(known.arguments[last - 1]) && random_.chance(0.7))
            --last;
        const bool number_next = last > 1 && is_leaf_number(node.args[1]);
        if (last > 0 && known.takes_series() && node.args[0] == Node::series("close") && (number_next || last == 1) &&
            random_.chance(0.5)) {
            first = 1;
        }
        const std::size_t names = known.aliases.size() + 1, choice = random_.below(names);
        const std::string name(choice == 0 ? known.name : known.aliases[choice - 1]);
        std::vector<std::pair<std::string, std::string>> members{{"op", "\"" + cased(name) + "\""}};
        if (first < last || random_.chance(0.5)) members.emplace_back("args", array(node.args, first, last));
        if (node.output != 0 || random_.chance(0.5)) {
            members.emplace_back("output", "\"" + cased(std::string(known.outputs[node.output].name)) + "\"");
        }
        return object(std::move(members));
    }

    std::string array(const std::vector<Node>& args, std::size_t first, std::size_t last) {
        std::string text = "[";
        for (std::size_t i = first; i < last; ++i) text += (i > first ? ", " : "") + tree(args[i]);
        return text + "]";
    }

    std::string cased(std::string name) {
        if (!random_.chance(0.2)) return name;
        for (char& c : name) {
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        }
        return name;
    }

    Random& random_;
};

}  // namespace evolve::test
