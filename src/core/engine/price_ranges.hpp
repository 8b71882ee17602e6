// Lowest and highest prices of aligned runs of bars, so that the first touch of a level is found by skipping runs that
// cannot hold it.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "core/base/control.hpp"
#include "core/series/bars.hpp"

namespace evolve {

class PriceRanges {
public:
    // Of a series; `bars` must outlive it. Throws Error(interrupted).
    PriceRanges(const BarsView& bars, const Control& control);

    // The first bar of [first, last] whose low is at or below `below` or whose high is at or above `above`; last + 1
    // when there is none. NaN: no such level.
    std::size_t first_outside(std::size_t first, std::size_t last, double below, double above) const;

    static std::size_t bytes(std::size_t bars) { return bars / run * 2 * sizeof(double) * 8 / 7 + 64; }

private:
    static constexpr std::size_t run = 8;  // bars, and runs of the level below, in one
    static constexpr std::size_t level_count = 3;

    struct Range {
        double low, high;
    };

    BarsView bars_;
    std::array<std::vector<Range>, level_count> levels_;  // whole runs only
};

}  // namespace evolve
