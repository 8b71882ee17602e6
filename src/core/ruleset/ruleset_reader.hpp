// The ruleset object: which keys there are and what each may hold.
#pragma once

#include <nlohmann/json.hpp>

#include "core/ruleset/validate.hpp"

namespace evolve {

// Reads the members of a ruleset; what is wrong is reported to the builder's problems and left out. Meaning (units,
// domains, what belongs together) is the business of check_rules. `origins` receives where each tree was written.
Ruleset read_ruleset(const nlohmann::json& object, Builder& builder, Origins& origins);

}  // namespace evolve
