// Conditions whose outcome does not depend on the bars.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/ruleset/node.hpp"
#include "core/ruleset/ruleset.hpp"

namespace evolve {

// Where all values of a number lie.
struct Range {
    double low, high;                            // may be infinite
    bool above_low = false, below_high = false;  // the end itself is outside
    bool empty() const { return low > high || (low == high && (above_low || below_high)); }
};

// Of a checked tree without parameters: constants, series, oscillators; anything else is unbounded.
Range range_of(const Node& number);

enum class Truth : std::uint8_t { depends, always, never };
// Of one comparison, cross or between, whenever its operands are known. Other conditions: depends.
Truth truth_of(const Node& condition);

// The values of x that satisfy a comparison of x with a constant, or x between two; x is args[0] of `condition` when it
// is canonical. nullopt for other conditions.
std::optional<Range> satisfying(const Node& condition);

// Two operands of an "and" that are never true together (x > 70 and x < 30), in canonical form. Parameters must be
// bound.
std::optional<std::pair<Node, Node>> contradiction(const Node& conjunction);

// How many conditions of its rules the bars do not decide, with parameters at their values: always true, never true, or
// an "and" of a contradiction.
std::size_t count_idle_conditions(const Ruleset& ruleset);

}  // namespace evolve
