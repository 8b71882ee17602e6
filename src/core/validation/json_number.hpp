// Numbers of results in JSON: what is not finite is null.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

namespace evolve {

inline nlohmann::json json_number(double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace evolve
