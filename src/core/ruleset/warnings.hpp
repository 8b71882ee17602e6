// What is allowed but hardly meant.
#pragma once

#include "core/ruleset/validate.hpp"

namespace evolve {

// Reports warnings on a ruleset that has no errors.
void report_warnings(const Ruleset& ruleset, const Origins& origins, Problems& problems);

}  // namespace evolve
