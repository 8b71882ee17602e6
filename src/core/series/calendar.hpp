// Small arithmetic on UTC dates that several files of this folder share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/series/bars.hpp"

namespace evolve {

// Rounds towards minus infinity (times before 1970 are negative); divisor > 0.
constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t divisor) {
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

// Days since 1970-01-01, UTC.
constexpr std::int64_t date_of(Timestamp ts) { return floor_divide(ts, microseconds_per_day); }

// Monday is 0; 1970-01-01 was a Thursday.
constexpr std::size_t weekday_of(std::int64_t date) { return static_cast<std::size_t>((date % 7 + 10) % 7); }

// Start of the Monday on or before ts, and how far ts is into that week.
constexpr Timestamp week_start(Timestamp ts) {
    const Timestamp three_days = 3 * microseconds_per_day;
    return floor_divide(ts + three_days, 7 * microseconds_per_day) * 7 * microseconds_per_day - three_days;
}

}  // namespace evolve
