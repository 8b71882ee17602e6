// What each part of a tree measures, and whether the parts fit together.
#pragma once

#include <map>
#include <string>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/problems.hpp"
#include "core/ruleset/source.hpp"

namespace evolve {

// The unit of a value. Constants, parameters and arithmetic of nothing else adapt to any unit of a number.
struct Measure {
    Unit unit = Unit::number;
    bool adapts = false;
    bool broken = false;  // reported already: anything fits
};

using Parameters = std::map<std::string, Parameter>;

// The domain of a number in a rule.
struct Domain {
    double minimum = 0, maximum = 0;
    bool whole = false;
    bool above_minimum = false, below_maximum = false;  // the bound itself is outside
    std::string_view what;                              // "the period of sma", for messages
};

// The domain of bars counted by lag, rising, falling, all_of, any_of, max_bars and cooldown_bars.
inline constexpr double most_bars = 1'000'000;

// Reports a constant outside the domain, a parameter that does not exist or whose whole range is not inside, and
// anything that is neither.
void check_number(const Node& node, const Domain& domain, const Parameters& parameters, const Trail& trail,
                  Problems& problems);

// Checks the tree's shape, names, domains and units; every fault is reported.
Measure check_tree(const Node& node, const Parameters& parameters, const Trail& trail, Problems& problems);

// Like check_tree for a tree that has been checked: the unit of its value, nothing is reported.
Measure measure(const Node& node);

// "a price", "an oscillator (0 to 100)"
std::string described(Unit unit);

}  // namespace evolve
