#include "core/engine/price_ranges.hpp"

#include <algorithm>

namespace evolve {

PriceRanges::PriceRanges(const BarsView& bars, const Control& control) : bars_(bars) {
    std::vector<Range>& lowest = levels_[0];
    lowest.reserve(bars.size() / run);
    for (std::size_t begin = 0; begin + run <= bars.size(); begin += run) {
        if (begin % bars_per_poll == 0) control.check();
        Range range{bars.low[begin], bars.high[begin]};
        for (std::size_t bar = begin + 1; bar < begin + run; ++bar) {
            range.low = std::min(range.low, bars.low[bar]);
            range.high = std::max(range.high, bars.high[bar]);
        }
        lowest.push_back(range);
    }
    for (std::size_t level = 1; level < level_count; ++level) {
        const std::vector<Range>& below = levels_[level - 1];
        levels_[level].reserve(below.size() / run);
        for (std::size_t begin = 0; begin + run <= below.size(); begin += run) {
            Range range = below[begin];
            for (std::size_t i = begin + 1; i < begin + run; ++i) {
                range.low = std::min(range.low, below[i].low);
                range.high = std::max(range.high, below[i].high);
            }
            levels_[level].push_back(range);
        }
    }
}

std::size_t PriceRanges::first_outside(std::size_t first, std::size_t last, double below, double above) const {
    const double *low = bars_.low.data(), *high = bars_.high.data();
    const std::size_t end = last + 1;
    const auto outside = [&](const Range& range) { return range.low <= below || range.high >= above; };
    const auto scan = [&](std::size_t begin, std::size_t until) {
        while (begin < until && !(low[begin] <= below || high[begin] >= above)) ++begin;
        return begin;
    };
    // To the end of the run bar by bar; from there whole runs, the longer ones where they begin.
    const std::size_t aligned = std::min(end, (first + run - 1) / run * run);
    std::size_t bar = scan(first, aligned);
    if (bar < aligned) return bar;
    const auto free_of_touch = [&](std::size_t level, std::size_t length) {
        return bar % length == 0 && bar + length <= end && !outside(levels_[level][bar / length]);
    };
    while (free_of_touch(0, run)) {
        bar += run;
        while (free_of_touch(1, run * run)) {
            bar += run * run;
            while (free_of_touch(2, run * run * run)) bar += run * run * run;
        }
    }
    return scan(bar, end);  // in the run that holds a touch, or in what is left
}

}  // namespace evolve
