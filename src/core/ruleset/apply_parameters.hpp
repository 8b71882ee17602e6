// A strategy keeps its parameters' values beside the ruleset; this puts them in.
#pragma once

#include <string_view>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

// `values`: JSON object of parameter name → number. Names must be parameters of the ruleset (unknown_name), values
// numbers (type_mismatch); their domains are checked by validate(). Parameters left out keep their value.
void apply_parameters(Ruleset& ruleset, std::string_view values);

}  // namespace evolve
