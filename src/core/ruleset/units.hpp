// What each part of a tree measures, and whether the parts fit together.
#pragma once

#include <string>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/domain.hpp"

namespace evolve {

// The unit of a value. Constants, parameters and arithmetic of nothing else adapt to any unit of a number.
struct Measure {
    Unit unit = Unit::number;
    bool adapts = false;
    bool broken = false;  // reported already: anything fits
};

// Checks the tree's shape, names, domains and units; every fault is reported.
Measure check_tree(const Node& node, const Parameters& parameters, const Trail& trail, Problems& problems);

// "a price", "an oscillator (0 to 100)"
std::string described(Unit unit);

}  // namespace evolve
