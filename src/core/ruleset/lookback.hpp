// How much past a rule needs.
#pragma once

#include <map>
#include <string>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

// Leading bars at which the node cannot be known; a parameter counts with the largest value it may take. The tree must
// have been checked. Throws Error (internal) for a parameter that is not there.
std::size_t lookback(const Node& node, const std::map<std::string, Parameter>& parameters);

}  // namespace evolve
