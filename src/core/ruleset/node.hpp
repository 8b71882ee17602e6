// The tree that every rule is: a plain value that can be copied, compared and changed. Depth is bounded by the
// parsers (limits.hpp), so recursion over it is safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evolve {

enum class Op : std::uint8_t {
    // numbers
    constant,   // value
    parameter,  // name, without the $
    series,     // name: open high low close volume hl2 hlc3 ohlc4
    choice,     // name: only as an argument of an indicator
    indicator,  // name, output; args in the registry's order, all spelled out
    lag,        // args: x (number or condition), k: x as it was k >= 1 bars ago
    negate,
    absolute,
    add,
    subtract,
    multiply,
    divide,  // by zero: unknown
    // conditions
    greater,
    greater_equal,
    less,
    less_equal,
    equal,
    not_equal,
    crosses_above,  // a > b now and a <= b one bar ago
    crosses_below,  // a < b now and a >= b one bar ago
    between,        // args: x, low, high: low <= x <= high
    rising,         // args: x, n: each of the last n steps went up
    falling,
    all_of,       // args: condition, n: true on each of the last n bars, this one included
    any_of,       // true on at least one of them
    logical_and,  // two or more args
    logical_or,
    logical_not
};

// Conditions are three-valued (true, false, unknown; Kleene): a comparison with an unknown number is unknown, and only
// true makes a signal. So `not (a > b)` is exactly `a <= b`, and no rule fires in a warm-up.

struct Node {
    Op op = Op::constant;
    double value = 0;         // constant
    std::string name;         // parameter, series, choice, indicator
    std::uint8_t output = 0;  // indicator: index into its outputs
    std::vector<Node> args;

    friend bool operator==(const Node&, const Node&) = default;

    static Node number(double value) {
        return {.op = Op::constant, .value = value, .name = {}, .output = 0, .args = {}};
    }
    static Node parameter(std::string name) {
        return {.op = Op::parameter, .value = 0, .name = std::move(name), .output = 0, .args = {}};
    }
    static Node series(std::string name) {
        return {.op = Op::series, .value = 0, .name = std::move(name), .output = 0, .args = {}};
    }
    static Node make(Op op, std::vector<Node> args) {
        return {.op = op, .value = 0, .name = {}, .output = 0, .args = std::move(args)};
    }
};

bool is_condition(Op op);  // the ops from `greater` on; `lag` is what its argument is
// The canonical JSON spelling of an operator ("gt", "crosses_above", …); empty for leaves and indicators.
std::string_view op_name(Op op);

}  // namespace evolve
