#include "core/ruleset/truth.hpp"

#include <algorithm>
#include <cmath>

#include "core/ruleset/canonical.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

constexpr double infinity = HUGE_VAL;

Truth opposite_of(Truth truth) {
    return truth == Truth::depends ? truth : truth == Truth::always ? Truth::never : Truth::always;
}

// a > b
Truth above(const Node& a, const Node& b) {
    if (a == b) return Truth::never;
    const Range x = range_of(a), y = range_of(b);
    if (x.low > y.high) return Truth::always;
    return x.high <= y.low ? Truth::never : Truth::depends;
}

Truth equal(const Node& a, const Node& b) {
    if (a == b) return Truth::always;
    const Range x = range_of(a), y = range_of(b);
    return x.low > y.high || y.low > x.high ? Truth::never : Truth::depends;
}

// A cross needs both sides of the line: never when a is on one side for good.
Truth crossing(const Node& a, const Node& b) {
    return above(a, b) == Truth::depends &&
                   !(range_of(a).high == range_of(a).low && range_of(b).high == range_of(b).low)
               ? Truth::depends
               : Truth::never;
}

}  // namespace

Range range_of(const Node& number) {
    const Range unbounded{-infinity, infinity};
    switch (number.op) {
        case Op::constant:
            return {number.value, number.value};
        case Op::series:
            return {0, infinity};  // no bar has a negative price or volume
        case Op::lag:
            return range_of(number.args[0]);
        case Op::absolute:
            return {0, infinity};
        case Op::indicator: {
            const Indicator* known = find_indicator(number.name);
            if (known == nullptr) return unbounded;
            const Output& output = known->outputs[number.output];
            return output.unit == Unit::oscillator && !output.unit_of_input ? Range{0, 100} : unbounded;
        }
        default:
            return unbounded;
    }
}

Truth truth_of(const Node& condition) {
    const auto& args = condition.args;
    switch (condition.op) {
        case Op::greater:
            return above(args[0], args[1]);
        case Op::less:
            return above(args[1], args[0]);
        case Op::greater_equal:
            return opposite_of(above(args[1], args[0]));
        case Op::less_equal:
            return opposite_of(above(args[0], args[1]));
        case Op::equal:
            return equal(args[0], args[1]);
        case Op::not_equal:
            return opposite_of(equal(args[0], args[1]));
        case Op::crosses_above:
            return crossing(args[0], args[1]);
        case Op::crosses_below:
            return crossing(args[1], args[0]);
        case Op::between: {
            const bool constant = args[1].op == Op::constant && args[2].op == Op::constant;
            if (constant && args[1].value > args[2].value) return Truth::never;
            const Truth low = opposite_of(above(args[1], args[0])), high = opposite_of(above(args[0], args[2]));
            if (low == Truth::never || high == Truth::never) return Truth::never;
            return low == high ? low : Truth::depends;
        }
        default:
            return Truth::depends;
    }
}

// What lies in both.
Range common(const Range& a, const Range& b) {
    Range both = a;
    if (b.low > both.low || (b.low == both.low && b.above_low)) {
        both.low = b.low;
        both.above_low = b.above_low;
    }
    if (b.high < both.high || (b.high == both.high && b.below_high)) {
        both.high = b.high;
        both.below_high = b.below_high;
    }
    return both;
}

std::optional<Range> satisfying(const Node& condition) {
    if (condition.args.size() < 2 || condition.args[1].op != Op::constant) return std::nullopt;
    const double value = condition.args[1].value;
    switch (condition.op) {
        case Op::greater:
            return Range{value, infinity, true, false};
        case Op::greater_equal:
            return Range{value, infinity};
        case Op::less:
            return Range{-infinity, value, false, true};
        case Op::less_equal:
            return Range{-infinity, value};
        case Op::equal:
            return Range{value, value};
        case Op::between:
            if (condition.args[2].op != Op::constant) return std::nullopt;
            return Range{value, condition.args[2].value};
        default:
            return std::nullopt;
    }
}

std::optional<std::pair<Node, Node>> contradiction(const Node& conjunction) {
    const Node whole = canonical(conjunction);
    if (whole.op != Op::logical_and) return std::nullopt;
    for (std::size_t i = 0; i < whole.args.size(); ++i) {
        const auto first = satisfying(whole.args[i]);
        if (!first) continue;
        for (std::size_t j = i + 1; j < whole.args.size(); ++j) {
            const auto second = satisfying(whole.args[j]);
            if (!second || whole.args[i].args[0] != whole.args[j].args[0]) continue;
            if (common(*first, *second).empty()) return std::pair(whole.args[i], whole.args[j]);
        }
    }
    return std::nullopt;
}

std::size_t count_idle_conditions(const Ruleset& ruleset) {
    std::size_t count = 0;
    const auto visit = [&](const auto& self, const Node& node) -> void {
        if (!is_condition(node.op)) return;
        const bool idle = truth_of(node) != Truth::depends || (node.op == Op::logical_and && contradiction(node));
        count += idle ? 1 : 0;
        for (const Node& arg : node.args) self(self, arg);
    };
    for (const Side* side : {&ruleset.long_side, &ruleset.short_side}) {
        for (const auto* rule : {&side->entry, &side->exit}) {
            if (*rule) visit(visit, bind_parameters(**rule, ruleset.parameters));
        }
    }
    return count;
}

}  // namespace evolve
