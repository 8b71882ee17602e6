// What a mutation changed, as data that can be read, checked and undone.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

// The smallest places in which two rulesets' tree forms differ: an array of {"path", "old", "new"}, in the order of the
// paths; old is null where the key was absent, new where it is gone. Writing every `new` into to_json(before) gives
// to_json(after). A rule whose operator or number of arguments differs is one change.
nlohmann::json changes_between(const Ruleset& before, const Ruleset& after);

}  // namespace evolve
