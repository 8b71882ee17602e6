// How numbers are written in JSON.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace evolve {

// 20, not 20.0: whole numbers are written as such while every one of them is a double.
inline nlohmann::json exact_number(double value) {
    constexpr double most_exact = 9007199254740992.0;  // 2^53
    if (value == std::floor(value) && std::fabs(value) <= most_exact) return static_cast<std::int64_t>(value);
    return value;
}

// Numbers of results: what is not finite is null.
inline nlohmann::json json_number(double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace evolve
