// JSON text as a value, safely: size, depth and numbers are bounded while reading, no key is given twice.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/ruleset/problems.hpp"

namespace evolve {

// Throws Error: limit_exceeded when the text is too long or nested too deep, syntax_error ("position N", in bytes) when
// it is not JSON (UTF-8). Keys given twice are reported to `problems` with their path; the last one counts then.
nlohmann::json read_json(std::string_view text, const Limits& limits, Problems& problems);

// "an object", "a number", … for messages.
std::string described(const nlohmann::json& value);

// ".key" or "[\"odd key\"]": the step from an object to a member in a JSON path.
std::string path_step(std::string_view key);

}  // namespace evolve
