// What the fingerprint covers: names of compound conditions replaced by what they stand for, constants computed.
#include <cmath>
#include <utility>

#include "core/ruleset/canonical.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

Node binary(Op op, Node left, Node right) {
    std::vector<Node> args;
    args.reserve(2);
    args.push_back(std::move(left));
    args.push_back(std::move(right));
    return Node::make(op, std::move(args));
}

// Arithmetic of two constants, computed as the engine would. A result that is not finite stays as it was written.
Node folded(Node node) {
    for (const Node& arg : node.args) {
        if (arg.op != Op::constant) return node;
    }
    const double a = node.args.front().value, b = node.args.back().value;
    double value = 0;
    switch (node.op) {
        case Op::negate:
            value = -a;
            break;
        case Op::absolute:
            value = std::fabs(a);
            break;
        case Op::add:
            value = a + b;
            break;
        case Op::subtract:
            value = a - b;
            break;
        case Op::multiply:
            value = a * b;
            break;
        default:
            value = a / b;
            break;
    }
    return std::isfinite(value) ? Node::number(value == 0 ? 0 : value) : node;
}

Node rewritten(Node node, bool negated);

Node numeric(Node node) {
    for (Node& arg : node.args) arg = is_condition(arg.op) ? rewritten(std::move(arg), false) : numeric(std::move(arg));
    switch (node.op) {
        case Op::negate:
        case Op::absolute:
        case Op::add:
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
            return folded(std::move(node));
        // Folding may have made a constant, whose past is itself.
        case Op::lag:
            return node.args[0].op == Op::constant ? Node(std::move(node.args[0])) : node;
        default:
            return node;
    }
}

// x rose in each of the last n steps: x > x[1], true on each of the last n bars.
Node run(Node node) {
    const Op op = node.op == Op::rising ? Op::greater : Op::less;
    Node before = numeric(binary(Op::lag, node.args[0], Node::number(1)));
    Node step = binary(op, std::move(node.args[0]), std::move(before));
    return binary(Op::all_of, std::move(step), std::move(node.args[1]));
}

// True on each of the last one bar: the condition; of the last a bars on each of b: of the last a + b - 1.
Node window(Node node) {
    Node &inner = node.args[0], &count = node.args[1];
    if (count.value == 1) return std::move(inner);
    if (inner.op == node.op) {
        inner.args[1].value += count.value - 1;
        return std::move(inner);
    }
    return node;
}

// A condition, or its negation: pushed inwards (De Morgan holds in three-valued logic) until it meets a comparison,
// which has an opposite, or a cross, which has none.
Node rewritten(Node node, bool negated) {
    switch (node.op) {
        case Op::logical_not:
            return rewritten(std::move(node.args[0]), !negated);
        case Op::logical_and:
        case Op::logical_or:
            if (negated) node.op = node.op == Op::logical_and ? Op::logical_or : Op::logical_and;
            for (Node& arg : node.args) arg = rewritten(std::move(arg), negated);
            return node;
        case Op::lag:
            node.args[0] = rewritten(std::move(node.args[0]), negated);
            return node;
        case Op::all_of:
        case Op::any_of:
            if (negated) node.op = node.op == Op::all_of ? Op::any_of : Op::all_of;
            node.args[0] = rewritten(std::move(node.args[0]), negated);
            return window(std::move(node));
        case Op::between: {
            Node low = binary(Op::greater_equal, node.args[0], std::move(node.args[1]));
            Node high = binary(Op::less_equal, std::move(node.args[0]), std::move(node.args[2]));
            return rewritten(binary(Op::logical_and, std::move(low), std::move(high)), negated);
        }
        case Op::rising:
        case Op::falling:
            return rewritten(run(std::move(node)), negated);
        default:
            break;
    }
    for (Node& arg : node.args) arg = numeric(std::move(arg));
    if (!negated) return node;
    if (is_comparison(node.op)) {
        node.op = opposite(node.op);
        return node;
    }
    std::vector<Node> args;
    args.push_back(std::move(node));
    return Node::make(Op::logical_not, std::move(args));
}

bool is_rule(const Node& node) {
    const Node* inner = &node;
    while (inner->op == Op::lag) inner = &inner->args[0];
    return is_condition(inner->op);
}

}  // namespace

Node lowered(Node node) {
    node = is_rule(node) ? rewritten(std::move(node), false) : numeric(std::move(node));
    // Rewriting can leave a lag of a lag or an unsorted pair: the canonical form settles both.
    return canonical(std::move(node));
}

}  // namespace evolve
