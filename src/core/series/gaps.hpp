// Missing bars, judged by the habits of the series. A part of series_check.cpp.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/series/findings.hpp"
#include "core/series/timeframe.hpp"

namespace evolve {

// Bars first to last of a series and how much there is to say about them.
struct RankedFinding {
    std::size_t first, last, rows;
};

// Adds the largest as details, in the order of time, and the others to the rest.
template <typename Detail>
void add_largest(Findings& findings, FindingKind kind, const std::vector<RankedFinding>& all,
                 std::span<const std::size_t> lines, const Detail& detail) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return all[a].rows > all[b].rows; });
    const auto listed = static_cast<std::ptrdiff_t>(std::min(findings.max_details(), order.size()));
    std::sort(order.begin(), order.begin() + listed);
    for (const std::size_t index : order) {
        const RankedFinding& finding = all[index];
        const std::size_t line = lines.empty() ? finding.first + 1 : lines[finding.first];
        findings.add(kind, line, finding.rows, [&] { return detail(finding); });
    }
}

// Adds gap and holiday; a finding's line is that of the bar after the gap.
//   Series around the clock and at weekends, weeks and months: every bar missing between two bars is missing.
//   Others: a time of the week is a usual one when its weekday is_open and three quarters of that weekday's dates have
//   a bar there; usual times between two bars are missing bars. From three quarters of an average day to two days of
//   them are taken for a holiday.
void report_gaps(BarsView bars, Timeframe timeframe, std::span<const std::size_t> lines, Findings& findings,
                 const Control& control);

}  // namespace evolve
