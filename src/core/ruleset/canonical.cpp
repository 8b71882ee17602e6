#include "core/ruleset/canonical.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/ruleset/language.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

template <class Value>
int three_way(const Value& left, const Value& right) {
    return left < right ? -1 : right < left ? 1 : 0;
}

int compare_trees(const Node& left, const Node& right) {
    if (const int order = three_way(left.op, right.op)) return order;
    if (const int order = three_way(left.name, right.name)) return order;
    if (const int order = three_way(left.output, right.output)) return order;
    if (const int order = three_way(left.value, right.value)) return order;
    for (std::size_t i = 0; i < std::min(left.args.size(), right.args.size()); ++i) {
        if (const int order = compare_trees(left.args[i], right.args[i])) return order;
    }
    return three_way(left.args.size(), right.args.size());
}

Node taken(Node& node) { return std::move(node); }

// a and (b and c) is and(a, b, c); sorted, each once; alone: itself. Sound in three-valued logic.
Node joined(Node node) {
    std::vector<Node> parts;
    for (Node& arg : node.args) {
        if (arg.op == node.op) {
            std::move(arg.args.begin(), arg.args.end(), std::back_inserter(parts));
        } else {
            parts.push_back(std::move(arg));
        }
    }
    std::sort(parts.begin(), parts.end(), [](const Node& a, const Node& b) { return compare(a, b) < 0; });
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    if (parts.size() == 1) return std::move(parts.front());
    node.args = std::move(parts);
    return node;
}

// Constants on the right; of two others "greater" rather than "less", and equal ones in order.
Node ordered(Node node) {
    Node &left = node.args[0], &right = node.args[1];
    const bool left_constant = is_constant(left), right_constant = is_constant(right);
    bool swap;
    if (mirrored(node.op) == node.op) {
        swap = compare(left, right) > 0;
    } else if (left_constant != right_constant) {
        swap = left_constant;
    } else {
        swap = node.op == Op::less || node.op == Op::less_equal || node.op == Op::crosses_below;
    }
    if (swap) {
        std::swap(left, right);
        node.op = mirrored(node.op);
    }
    return node;
}

Node without_lag(Node node) {
    Node &inner = node.args[0], &count = node.args[1];
    if (is_leaf_number(inner)) return taken(inner);  // the past of a constant is the constant
    if (inner.op == Op::lag && inner.args[1].op == Op::constant && count.op == Op::constant) {
        inner.args[1].value += count.value;
        return taken(inner);
    }
    return node;
}

}  // namespace

bool is_constant(const Node& node) {
    if (is_leaf_number(node)) return true;
    return node.op >= Op::lag && !is_condition(node.op) && std::all_of(node.args.begin(), node.args.end(), is_constant);
}

int compare(const Node& left, const Node& right) {
    const bool left_constant = is_constant(left), right_constant = is_constant(right);
    if (left_constant != right_constant) return left_constant ? 1 : -1;
    return compare_trees(left, right);
}

Node canonical(Node node) {
    for (Node& arg : node.args) arg = canonical(std::move(arg));
    switch (node.op) {
        case Op::constant:
            if (node.value == 0) node.value = 0;  // not -0
            return node;
        case Op::lag:
            return without_lag(std::move(node));
        case Op::negate:
            if (node.args[0].op == Op::constant) return Node::number(0 - node.args[0].value);
            if (node.args[0].op == Op::negate) return taken(node.args[0].args[0]);
            return node;
        case Op::add:
        case Op::multiply:
        case Op::greater:
        case Op::greater_equal:
        case Op::less:
        case Op::less_equal:
        case Op::equal:
        case Op::not_equal:
        case Op::crosses_above:
        case Op::crosses_below:
            return ordered(std::move(node));
        case Op::logical_and:
        case Op::logical_or:
            return joined(std::move(node));
        case Op::logical_not: {
            Node& inner = node.args[0];
            if (inner.op == Op::logical_not) return taken(inner.args[0]);
            if (!is_comparison(inner.op)) return node;
            inner.op = opposite(inner.op);
            return canonical(taken(inner));
        }
        default:
            return node;
    }
}

Ruleset canonical(const Ruleset& ruleset) {
    Ruleset result = ruleset;
    for_each_root(result, [](Node& root, const char*) { root = canonical(std::move(root)); });
    if (result.cooldown_bars == Node::number(0)) result.cooldown_bars.reset();
    // A side that is on but has no entry does nothing: the same as off.
    if (result.direction == Direction::both) result.direction = implied_direction(result);
    std::sort(result.symbols.begin(), result.symbols.end());
    result.symbols.erase(std::unique(result.symbols.begin(), result.symbols.end()), result.symbols.end());
    return result;
}

}  // namespace evolve
