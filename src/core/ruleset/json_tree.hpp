// The tree form: {"op": "sma", "args": ["close", 20]}, with texts wherever a tree may stand.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/ruleset/source.hpp"

namespace evolve {

// Reads one tree or text; `path` is where it stands. Throws Error for limits; everything else is reported to the
// builder's problems and leaves a broken part.
Parsed parse_tree(const nlohmann::json& value, const std::string& path, Builder& builder);

// A number or a parameter (14, {"param": "x"}, "$x"), and nothing else.
Parsed parse_number(const nlohmann::json& value, const std::string& path, Builder& builder);

}  // namespace evolve
