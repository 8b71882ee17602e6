// Trees as text. What is printed here, text_parser.cpp reads back as the same tree.
#include "core/base/number.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

// How tightly an operator holds its operands (the order of the parser's levels).
enum Level : int {
    or_level = 1,
    and_level,
    not_level,
    comparison_level,
    sum_level,
    product_level,
    minus_level,
    postfix_level
};

int level_of(const Node& node) {
    switch (node.op) {
        case Op::constant:
            return node.value < 0 ? minus_level : postfix_level;
        case Op::logical_or:
            return or_level;
        case Op::logical_and:
            return and_level;
        case Op::logical_not:
            return not_level;
        case Op::add:
        case Op::subtract:
            return sum_level;
        case Op::multiply:
        case Op::divide:
            return product_level;
        case Op::negate:
            return minus_level;
        case Op::all_of:
        case Op::any_of:
            return postfix_level;
        default:
            return is_condition(node.op) ? comparison_level : postfix_level;
    }
}

std::string_view infix(Op op) {
    switch (op) {
        case Op::add:
            return " + ";
        case Op::subtract:
            return " - ";
        case Op::multiply:
            return " * ";
        case Op::divide:
            return " / ";
        case Op::greater:
            return " > ";
        case Op::greater_equal:
            return " >= ";
        case Op::less:
            return " < ";
        case Op::less_equal:
            return " <= ";
        case Op::equal:
            return " = ";
        case Op::not_equal:
            return " != ";
        case Op::crosses_above:
            return " crosses above ";
        case Op::crosses_below:
            return " crosses below ";
        case Op::rising:
            return " rising ";
        case Op::falling:
            return " falling ";
        case Op::logical_and:
            return " and ";
        case Op::logical_or:
            return " or ";
        default:
            return {};
    }
}

class Printer {
public:
    // In parentheses when the node holds less tightly than its surroundings need.
    void print(const Node& node, int level) {
        const bool parentheses = level_of(node) < level;
        if (parentheses) text += '(';
        bare(node);
        if (parentheses) text += ')';
    }

    std::string text;

private:
    void bare(const Node& node);
    void call(std::string_view name, const std::vector<Node>& args);
    void chain(const Node& node, int operand_level);
};

void Printer::call(std::string_view name, const std::vector<Node>& args) {
    text += name;
    text += '(';
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (i > 0) text += ", ";
        print(args[i], or_level);
    }
    text += ')';
}

void Printer::chain(const Node& node, int operand_level) {
    for (std::size_t i = 0; i < node.args.size(); ++i) {
        if (i > 0) text += infix(node.op);
        print(node.args[i], operand_level);
    }
}

void Printer::bare(const Node& node) {
    switch (node.op) {
        case Op::constant:
            text += format_number(node.value);
            return;
        case Op::parameter:
            text += '$' + node.name;
            return;
        case Op::series:
        case Op::choice:
            text += node.name;
            return;
        case Op::indicator: {
            call(node.name, node.args);
            const Indicator* known = find_indicator(node.name);
            // The line is named wherever there are several: a lone bbands(...) does not say which it is.
            if (known != nullptr && known->outputs.size() > 1) {
                text += '.';
                text += known->outputs[node.output].name;
            }
            return;
        }
        case Op::lag:
            print(node.args[0], postfix_level);
            text += '[';
            print(node.args[1], or_level);
            text += ']';
            return;
        case Op::negate:
            text += '-';
            // -5 is one constant; the negation of 5 is -(5), and --x would look like a decrement.
            if (node.args[0].op == Op::constant || level_of(node.args[0]) == minus_level) {
                text += '(';
                bare(node.args[0]);
                text += ')';
            } else {
                print(node.args[0], minus_level);
            }
            return;
        case Op::logical_not:
            text += "not ";
            print(node.args[0], not_level);
            return;
        case Op::between:
            print(node.args[0], sum_level);
            text += " between ";
            print(node.args[1], sum_level);
            text += " and ";
            print(node.args[2], sum_level);
            return;
        case Op::add:
        case Op::subtract:
        case Op::multiply:
        case Op::divide: {
            const int level = level_of(node);
            print(node.args[0], level);
            text += infix(node.op);
            print(node.args[1], level + 1);
            return;
        }
        case Op::absolute:
        case Op::all_of:
        case Op::any_of:
            call(op_name(node.op), node.args);
            return;
        case Op::logical_and:
            chain(node, not_level);
            return;
        case Op::logical_or:
            chain(node, and_level);
            return;
        default:
            chain(node, sum_level);
            return;  // comparisons, crosses, rising, falling
    }
}

}  // namespace

std::string to_text(const Node& node) {
    Printer printer;
    printer.print(node, or_level);
    return std::move(printer.text);
}

}  // namespace evolve
