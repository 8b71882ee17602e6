#include "core/ruleset/operators.hpp"

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

using Text = std::string_view;

constexpr std::array lag_aliases{Text("ref"), Text("shift")};
constexpr std::array negate_aliases{Text("negate")};
constexpr std::array absolute_aliases{Text("absolute")};
constexpr std::array add_aliases{Text("+"), Text("plus")};
constexpr std::array subtract_aliases{Text("-"), Text("subtract"), Text("minus")};
constexpr std::array multiply_aliases{Text("*"), Text("multiply"), Text("times")};
constexpr std::array divide_aliases{Text("/"), Text("divide")};
constexpr std::array greater_aliases{Text(">"), Text("greater"), Text("greater_than"), Text("above")};
constexpr std::array greater_equal_aliases{Text(">="), Text("gte"), Text("greater_equal")};
constexpr std::array less_aliases{Text("<"), Text("less"), Text("less_than"), Text("below")};
constexpr std::array less_equal_aliases{Text("<="), Text("lte"), Text("less_equal")};
constexpr std::array equal_aliases{Text("="), Text("=="), Text("equal"), Text("equals")};
constexpr std::array not_equal_aliases{Text("!="), Text("<>"), Text("neq"), Text("not_equal")};
constexpr std::array crosses_above_aliases{Text("cross_above"), Text("crosses_over"), Text("crossover")};
constexpr std::array crosses_below_aliases{Text("cross_below"), Text("crosses_under"), Text("crossunder")};
constexpr std::array and_aliases{Text("&&"), Text("all")};
constexpr std::array or_aliases{Text("||"), Text("any")};
constexpr std::array not_aliases{Text("!")};

constexpr std::array operators{
    Operator{Op::lag, "lag", lag_aliases, 2, 2, true},
    Operator{Op::negate, "neg", negate_aliases, 1, 1, false},
    Operator{Op::absolute, "abs", absolute_aliases, 1, 1, true},
    Operator{Op::add, "add", add_aliases, 2, 2, false},
    Operator{Op::subtract, "sub", subtract_aliases, 2, 2, false},
    Operator{Op::multiply, "mul", multiply_aliases, 2, 2, false},
    Operator{Op::divide, "div", divide_aliases, 2, 2, false},
    Operator{Op::greater, "gt", greater_aliases, 2, 2, false},
    Operator{Op::greater_equal, "ge", greater_equal_aliases, 2, 2, false},
    Operator{Op::less, "lt", less_aliases, 2, 2, false},
    Operator{Op::less_equal, "le", less_equal_aliases, 2, 2, false},
    Operator{Op::equal, "eq", equal_aliases, 2, 2, false},
    Operator{Op::not_equal, "ne", not_equal_aliases, 2, 2, false},
    Operator{Op::crosses_above, "crosses_above", crosses_above_aliases, 2, 2, true},
    Operator{Op::crosses_below, "crosses_below", crosses_below_aliases, 2, 2, true},
    Operator{Op::between, "between", {}, 3, 3, true},
    Operator{Op::rising, "rising", {}, 2, 2, true},
    Operator{Op::falling, "falling", {}, 2, 2, true},
    Operator{Op::all_of, "all_of", {}, 2, 2, true},
    Operator{Op::any_of, "any_of", {}, 2, 2, true},
    Operator{Op::logical_and, "and", and_aliases, 2, 0, false},
    Operator{Op::logical_or, "or", or_aliases, 2, 0, false},
    Operator{Op::logical_not, "not", not_aliases, 1, 1, false},
};

constexpr bool in_order_of_op() {
    for (std::size_t i = 0; i < operators.size(); ++i) {
        if (static_cast<std::size_t>(operators[i].op) != static_cast<std::size_t>(Op::lag) + i) return false;
    }
    return true;
}
static_assert(in_order_of_op());

constexpr std::array series_names{Text("open"),   Text("high"), Text("low"),  Text("close"),
                                  Text("volume"), Text("hl2"),  Text("hlc3"), Text("ohlc4")};

}  // namespace

std::span<const Operator> all_operators() { return operators; }

const Operator* find_operator(std::string_view name) {
    for (const Operator& candidate : operators) {
        if (equals_ignoring_case(name, candidate.name)) return &candidate;
        for (const Text alias : candidate.aliases) {
            if (equals_ignoring_case(name, alias)) return &candidate;
        }
    }
    return nullptr;
}

const Operator* operator_of(Op op) {
    if (op < Op::lag) return nullptr;
    return &operators[static_cast<std::size_t>(op) - static_cast<std::size_t>(Op::lag)];
}

std::span<const std::string_view> all_series() { return series_names; }

std::string_view find_series(std::string_view name) {
    for (const Text candidate : series_names) {
        if (equals_ignoring_case(name, candidate)) return candidate;
    }
    return {};
}

bool is_condition(Op op) { return op >= Op::greater; }

std::string_view op_name(Op op) {
    const Operator* found = operator_of(op);
    return found == nullptr ? std::string_view{} : found->name;
}

bool is_comparison(Op op) { return op >= Op::greater && op <= Op::not_equal; }

Op mirrored(Op op) {
    switch (op) {
        case Op::greater:
            return Op::less;
        case Op::greater_equal:
            return Op::less_equal;
        case Op::less:
            return Op::greater;
        case Op::less_equal:
            return Op::greater_equal;
        case Op::crosses_above:
            return Op::crosses_below;
        case Op::crosses_below:
            return Op::crosses_above;
        default:
            return op;
    }
}

Op opposite(Op op) {
    switch (op) {
        case Op::greater:
            return Op::less_equal;
        case Op::greater_equal:
            return Op::less;
        case Op::less:
            return Op::greater_equal;
        case Op::less_equal:
            return Op::greater;
        case Op::equal:
            return Op::not_equal;
        case Op::not_equal:
            return Op::equal;
        default:
            throw Error(ErrorCode::internal, "only a comparison has an opposite");
    }
}

bool is_leaf_number(const Node& node) { return node.op == Op::constant || node.op == Op::parameter; }

}  // namespace evolve
