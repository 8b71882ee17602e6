// Timeframes, resampling to coarser ones, and how many bars make a year.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/series/bars.hpp"

namespace evolve {

enum class Timeframe : std::uint8_t { m1, m5, m15, m30, h1, h4, d1, w1, mo1 };

// Finest first.
std::span<const Timeframe> all_timeframes();
// "1m" "5m" "15m" "30m" "1h" "4h" "1d" "1w" "1mo"
std::string_view to_string(Timeframe timeframe);
// Case-insensitive ("1D", "1H"), with common aliases ("60m", "daily"); nullopt when unknown. "1M" is 1mo, "1m" one
// minute.
std::optional<Timeframe> parse_timeframe(std::string_view text);
// Nominal length in seconds (1mo: 30 days); for ordering and for choosing windows.
std::int64_t seconds(Timeframe timeframe);
// True when bars of `fine` can be put together into bars of `coarse` (fine strictly finer and never straddling an
// edge).
bool divides(Timeframe fine, Timeframe coarse);
// Start of the bar of `timeframe` that holds ts, UTC: multiples of the length since the epoch below 1w; weeks
// start on Monday 00:00, months on the 1st 00:00.
Timestamp bar_start(Timestamp ts, Timeframe timeframe);
// Open of the first, highest high, lowest low, close of the last, sum of the volumes of the bars that fall in each
// coarse bar; ts is the coarse bar's start. Partial first and last bars are kept: what is there is what is known.
Bars resample(BarsView fine, Timeframe to);
// Bars a year, for annualising: 1w 52, 1mo 12; 1d 365 when the series trades at weekends, else 252; below one day
// 365 · 24 h for series that trade at weekends, 260 · 24 h (5 days a week around the clock) for series with bars in
// at least 23 of the day's hours, else 252 · the median number of bars in a session day. Fewer than 2 bars: 252-day
// calendar. Exact rule: timeframe.cpp.
double periods_per_year(BarsView bars, Timeframe timeframe);

}  // namespace evolve
