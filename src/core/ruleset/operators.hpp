// The table of operators: how each is spelled in a tree, how many arguments it takes, whether text may call it by name.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/ruleset/node.hpp"

namespace evolve {

struct Operator {
    Op op;
    std::string_view name;                      // what is written
    std::span<const std::string_view> aliases;  // what is read as well
    std::size_t min_args, max_args;             // max_args 0: no upper bound
    bool callable;                              // text: name(args)
};

// In the order of Op, leaves and indicators left out.
std::span<const Operator> all_operators();
// By name or alias, case-insensitive; nullptr when there is none.
const Operator* find_operator(std::string_view name);
// Of an operator that is neither leaf nor indicator; nullptr otherwise.
const Operator* operator_of(Op op);

// Series of prices and volume that a rule may name.
std::span<const std::string_view> all_series();
// The lower-case spelling when there is such a series, empty otherwise; case-insensitive.
std::string_view find_series(std::string_view name);

bool is_comparison(Op op);  // greater … not_equal
// The comparison or cross that holds when the operands change places: a > b is b < a. Other ops: itself.
Op mirrored(Op op);
// The comparison that is true exactly when this one is false. Only for comparisons.
Op opposite(Op op);
bool is_leaf_number(const Node& node);  // a constant or a parameter

}  // namespace evolve
