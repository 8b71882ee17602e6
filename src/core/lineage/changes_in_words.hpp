// What makes one ruleset another, as sentences.
#pragma once

#include <string>
#include <vector>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

// One sentence for each place of changes_between() (genetics/changes.hpp), in its order; empty when the two are equal.
// Both in canonical form.
std::vector<std::string> changes_in_words(const Ruleset& before, const Ruleset& after);

}  // namespace evolve
