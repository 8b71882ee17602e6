// The door: what a single bar must be before it may be stored or computed with. The CHECK constraints of
// evolve.market_bars say the same in SQL.
#pragma once

#include <string>
#include <string_view>

#include "core/series/bars.hpp"

namespace evolve {

inline constexpr double highest_price = 1e15;
inline constexpr double highest_volume = 1e18;
inline constexpr Timestamp first_bar_time = -25'567 * microseconds_per_day;  // 1900-01-01 00:00 UTC
inline constexpr Timestamp end_bar_time = 84'371 * microseconds_per_day;     // 2201-01-01 00:00 UTC, itself too late

// Why the bar is bad, empty when it is good. The first of these that applies:
//   "not_finite"    a price or the volume is NaN or infinite
//   "out_of_range"  ts outside [first_bar_time, end_bar_time), a price over highest_price, a volume over highest_volume
//   "negative"      a price of 0 or less, a volume below 0
//   "broken_ohlc"   high below open, close or low; low above open or close
std::string_view bar_fault(const Bar& bar);

// The same in words with the numbers, such as "high 44.66 is below open 44.675"; empty when the bar is good.
std::string describe_bar_fault(const Bar& bar);

}  // namespace evolve
