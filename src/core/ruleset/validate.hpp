// What makes well-formed parts a ruleset: domains, units, entries, limits.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/ruleset/problems.hpp"
#include "core/ruleset/source.hpp"

namespace evolve {

// Where the trees of a ruleset were written, by the path of their root (for_each_root).
using Origins = std::map<std::string, Origin, std::less<>>;

// Reports everything that is wrong with a ruleset. Limits on nodes, depth and lookback are thrown as Error.
void check_rules(const Ruleset& ruleset, const Limits& limits, const Origins& origins, Problems& problems);

}  // namespace evolve
