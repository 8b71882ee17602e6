#include "core/ruleset/text_parser.hpp"

#include <array>
#include <utility>

#include "core/ruleset/names.hpp"
#include "core/ruleset/operators.hpp"
#include "core/ruleset/text_lexer.hpp"

namespace evolve {
namespace {

using Kind = Token::Kind;

// How tightly an operator holds its operands; the printer (print_text.cpp) uses the same order.
enum Level : int { any_level, or_level, and_level, not_level, comparison_level, sum_level, product_level, minus_level };

// Pratt's method: one function for all levels, so that the stack grows by two frames a nesting.
class Parser {
public:
    Parser(std::string_view text, std::string_view path, Builder& builder)
        : lexer_(text, path), path_(path), builder_(builder) {
        advance();
    }

    Parsed whole() {
        if (token_.kind == Kind::end) fail("the text is empty", "Write a condition such as close > sma(close, 50).");
        Parsed result = expression(or_level);
        if (!at(Kind::end)) {
            constexpr std::array<std::string_view, 8> words{"and",    "or",      "crosses",       "crosses_above",
                                                            "rising", "falling", "crosses_below", "between"};
            fail("expected an operator or the end, found " + found(), suggestion(token_.text, words));
        }
        return result;
    }

private:
    // Counts what recursion goes through: parentheses, arguments, signs and "not".
    class Nesting {
    public:
        explicit Nesting(Parser& parser) : parser_(parser) {
            const std::size_t most = 2 * parser.builder_.limits().depth + 16;
            if (++parser.nesting_ <= most) return;
            throw Error(ErrorCode::limit_exceeded,
                        "parentheses are nested deeper than " + std::to_string(most) + " levels",
                        parser.place().where(), "Split the rule, or raise the limit on depth.");
        }
        ~Nesting() { --parser_.nesting_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

    private:
        Parser& parser_;
    };

    Place place() const { return {path_, token_.position}; }
    Place place(std::size_t position) const { return {path_, position}; }

    void advance() { token_ = lexer_.next(); }
    bool at(Kind kind) const { return token_.kind == kind; }
    bool at_word(std::string_view word) const { return at(Kind::name) && equals_ignoring_case(token_.text, word); }

    std::string found() const { return at(Kind::end) ? std::string("the end of the text") : in_quotes(token_.text); }
    [[noreturn]] void fail(std::string message, std::string hint = {}) const {
        throw Error(ErrorCode::syntax_error, std::move(message), place().where(), std::move(hint));
    }
    void expect(Kind kind, std::string_view sign) {
        if (!at(kind)) fail("expected \"" + std::string(sign) + "\", found " + found());
        advance();
    }

    Parsed expression(int level);
    Parsed prefix(int level);
    Parsed primary();
    Parsed name();
    Parsed call(std::string_view called, std::size_t position);
    std::vector<Parsed> arguments();
    Parsed count_argument();
    Parsed postfix(Parsed operand);
    bool binary(Parsed& left, int level);
    Op comparison_ahead() const;
    bool comparison(Parsed& left);
    Parsed chain(Parsed first, Kind joint, Op op, int operand_level);
    Parsed pair(Op op, Parsed left, Parsed right, std::size_t position);

    Lexer lexer_;
    std::string_view path_;
    Builder& builder_;
    Token token_;
    std::size_t nesting_ = 0;
};

Parsed Parser::pair(Op op, Parsed left, Parsed right, std::size_t position) {
    std::vector<Parsed> args;
    args.reserve(2);
    args.push_back(std::move(left));
    args.push_back(std::move(right));
    return builder_.operation(op, std::move(args), place(position));
}

Parsed Parser::expression(int level) {
    Parsed left = prefix(level);
    while (binary(left, level)) {
    }
    return left;
}

Parsed Parser::prefix(int level) {
    const std::size_t position = token_.position;
    if (at(Kind::logical_not)) {
        if (level > not_level) fail("expected a number, found " + found(), "Put parentheses around the condition.");
        const Nesting nesting(*this);
        advance();
        std::vector<Parsed> args;
        args.push_back(expression(not_level));
        return builder_.operation(Op::logical_not, std::move(args), place(position));
    }
    if (at(Kind::minus)) {
        const Nesting nesting(*this);
        advance();
        const bool literal = at(Kind::number);
        Parsed operand = expression(minus_level);
        // The sign belongs to a number that follows at once: -5 is one constant, -(5) a negation.
        if (literal && operand.node.op == Op::constant) {
            operand.node.value = 0 - operand.node.value;
            operand.origin.position = position;
            return operand;
        }
        std::vector<Parsed> args;
        args.push_back(std::move(operand));
        return builder_.operation(Op::negate, std::move(args), place(position));
    }
    if (at(Kind::plus)) fail("expected a number, name or \"(\", found \"+\"", "A number needs no plus sign.");
    return postfix(primary());
}

// The next operator, if it binds at least as tightly as `level`. False: left is complete.
bool Parser::binary(Parsed& left, int level) {
    const std::size_t position = token_.position;
    const auto arithmetic = [&](Op op, int own_level) {
        if (level > own_level) return false;
        advance();
        left = pair(op, std::move(left), expression(own_level + 1), position);
        return true;
    };
    switch (token_.kind) {
        case Kind::plus:
            return arithmetic(Op::add, sum_level);
        case Kind::minus:
            return arithmetic(Op::subtract, sum_level);
        case Kind::star:
            return arithmetic(Op::multiply, product_level);
        case Kind::slash:
            return arithmetic(Op::divide, product_level);
        case Kind::logical_and:
            if (level > and_level) return false;
            left = chain(std::move(left), Kind::logical_and, Op::logical_and, not_level);
            return true;
        case Kind::logical_or:
            if (level > or_level) return false;
            left = chain(std::move(left), Kind::logical_or, Op::logical_or, and_level);
            return true;
        default:
            return level <= comparison_level && comparison(left);
    }
}

// a and b and c: one node with three arguments.
Parsed Parser::chain(Parsed first, Kind joint, Op op, int operand_level) {
    const std::size_t position = token_.position;
    std::vector<Parsed> args;
    args.push_back(std::move(first));
    while (at(joint)) {
        advance();
        args.push_back(expression(operand_level));
    }
    return builder_.operation(op, std::move(args), place(position));
}

// The comparison, cross or run that comes next; `constant` when none does. "crosses" alone stands for crosses_above.
Op Parser::comparison_ahead() const {
    switch (token_.kind) {
        case Kind::greater:
            return Op::greater;
        case Kind::greater_equal:
            return Op::greater_equal;
        case Kind::less:
            return Op::less;
        case Kind::less_equal:
            return Op::less_equal;
        case Kind::equal:
            return Op::equal;
        case Kind::not_equal:
            return Op::not_equal;
        case Kind::name:
            break;
        default:
            return Op::constant;
    }
    if (at_word("crosses") || at_word("cross")) return Op::crosses_above;
    const Operator* named = find_operator(token_.text);
    const bool infix = named != nullptr && named->op >= Op::crosses_above && named->op <= Op::falling;
    return infix ? named->op : Op::constant;
}

bool Parser::comparison(Parsed& left) {
    const std::size_t position = token_.position;
    Op op = comparison_ahead();
    if (op == Op::constant) return false;
    const bool two_words = at_word("crosses") || at_word("cross");
    advance();
    if (two_words) {
        const bool above = at_word("above") || at_word("over");
        if (!above && !at_word("below") && !at_word("under")) {
            fail("expected \"above\" or \"below\" after \"crosses\", found " + found());
        }
        op = above ? Op::crosses_above : Op::crosses_below;
        advance();
    }
    if (op == Op::rising || op == Op::falling) {
        left = pair(op, std::move(left), count_argument(), position);
    } else if (op == Op::between) {
        std::vector<Parsed> args;
        args.push_back(std::move(left));
        args.push_back(expression(sum_level));
        expect(Kind::logical_and, "and");
        args.push_back(expression(sum_level));
        left = builder_.operation(op, std::move(args), place(position));
    } else {
        left = pair(op, std::move(left), expression(sum_level), position);
    }
    if (comparison_ahead() != Op::constant) {
        fail("comparisons cannot be chained", "Join two comparisons with \"and\", or use x between low and high.");
    }
    return true;
}

// The number of bars of a lag, of rising and falling: a number or a parameter.
Parsed Parser::count_argument() {
    const Place here = place();
    Node node;
    if (at(Kind::number)) {
        node = Node::number(token_.value);
    } else if (at(Kind::parameter)) {
        node = Node::parameter(std::string(token_.text));
    } else {
        fail("expected a number of bars or a parameter, found " + found());
    }
    advance();
    return builder_.leaf(std::move(node), here);
}

Parsed Parser::postfix(Parsed operand) {
    while (at(Kind::left_bracket)) {
        const std::size_t position = token_.position;
        advance();
        Parsed count = count_argument();
        expect(Kind::right_bracket, "]");
        operand = pair(Op::lag, std::move(operand), std::move(count), position);
    }
    return operand;
}

Parsed Parser::primary() {
    const Place here = place();
    switch (token_.kind) {
        case Kind::number: {
            Parsed result = builder_.leaf(Node::number(token_.value), here);
            advance();
            return result;
        }
        case Kind::parameter: {
            Parsed result = builder_.leaf(Node::parameter(std::string(token_.text)), here);
            advance();
            return result;
        }
        case Kind::left_parenthesis: {
            const Nesting nesting(*this);
            advance();
            Parsed inner = expression(or_level);
            expect(Kind::right_parenthesis, ")");
            return inner;
        }
        case Kind::name:
            return name();
        default:
            fail("expected a number, name or \"(\", found " + found());
    }
}

Parsed Parser::name() {
    const Token word = token_;
    advance();
    if (at(Kind::left_parenthesis)) return call(word.text, word.position);
    const std::string_view series = find_series(word.text);
    if (!series.empty()) return builder_.leaf(Node::series(std::string(series)), place(word.position));
    Parsed result = builder_.leaf(Node::make(Op::choice, {}), place(word.position));
    result.node.name = word.text;
    return result;
}

std::vector<Parsed> Parser::arguments() {
    const Nesting nesting(*this);
    expect(Kind::left_parenthesis, "(");
    std::vector<Parsed> args;
    if (!at(Kind::right_parenthesis)) {
        args.push_back(expression(or_level));
        while (at(Kind::comma)) {
            advance();
            args.push_back(expression(or_level));
        }
    }
    if (!at(Kind::right_parenthesis)) fail("expected \",\" or \")\", found " + found());
    advance();
    return args;
}

Parsed Parser::call(std::string_view called, std::size_t position) {
    std::vector<Parsed> args = arguments();
    const Operator* named = find_operator(called);
    if (named != nullptr && named->callable) {
        if (args.size() != named->min_args) {
            throw Error(ErrorCode::syntax_error,
                        std::string(named->name) + " takes " + std::to_string(named->min_args) +
                            (named->min_args == 1 ? " argument, got " : " arguments, got ") +
                            std::to_string(args.size()),
                        place(position).where());
        }
        return builder_.operation(named->op, std::move(args), place(position));
    }
    std::string_view output;
    Place output_place = place();
    if (at(Kind::dot)) {
        advance();
        if (!at(Kind::name)) fail("expected the name of an output after \".\", found " + found());
        output = token_.text;
        output_place = place();
        advance();
    }
    return builder_.call(called, std::move(args), output, place(position), output_place);
}

}  // namespace

Parsed parse_text(std::string_view text, std::string_view path, Builder& builder) {
    return Parser(text, path, builder).whole();
}

}  // namespace evolve
