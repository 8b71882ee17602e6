// The registry as JSON, for documentation in SQL and for tools that build rulesets.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/indicators/indicator.hpp"

namespace evolve {

// {"name", "kind": "series"|"integer"|"real"|"choice", "default", "min", "max" | "choices", "description"}
nlohmann::json to_json(const Argument& argument);

}  // namespace evolve
