// What a series of good bars looks like as a whole: holes, shifts and other things that no single bar shows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/series/findings.hpp"
#include "core/series/timeframe.hpp"

namespace evolve {

// Adds timeframe_mismatch, misaligned, gap, holiday, timezone_shift, jump and flat_run. `lines` gives the line of each
// bar for the report; empty: bars count from 1. Exact rules: series_check.cpp and docs/bars.md.
void check_series(BarsView bars, Timeframe timeframe, std::span<const std::size_t> lines, Findings& findings,
                  const Control& control);

// The same for a stored series, with `accepted` for its first and last time and number of bars.
std::vector<Finding> series_report(BarsView bars, Timeframe timeframe, std::size_t max_details, const Control& control);

}  // namespace evolve
