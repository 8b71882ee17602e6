#include "core/engine/price_ranges.hpp"

#include <algorithm>
#include <limits>

#include "core/base/parallel.hpp"

namespace evolve {
namespace {

struct Range {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    void take(double lower, double higher) {
        low = std::min(low, lower);
        high = std::max(high, higher);
    }
};

}  // namespace

PriceRanges::PriceRanges(const BarsView& bars, const Control& control) : search_(kernels().first_outside) {
    tree_.low = bars.low.data();
    tree_.high = bars.high.data();
    tree_.count = bars.size();
    std::array<std::size_t, RangeTree::level_count> below{};  // entries of the level below each
    std::size_t count = bars.size(), bars_of_entry = 1;
    for (std::size_t level = 0; level < RangeTree::level_count; ++level) {
        below[level] = count;
        count = (count + run - 1) / run;
        bars_of_entry *= run;
        levels_[level].resize((count + run - 1) / run * 2 * run);
        tree_.levels[level] = levels_[level].data();
    }
    // Parts that no entry reaches out of.
    const std::size_t bars_of_part = (bars_per_poll + bars_of_entry - 1) / bars_of_entry * bars_of_entry;
    const std::size_t parts = (bars.size() + bars_of_part - 1) / bars_of_part;
    parallel_for(parts, control, [&](std::size_t part) {
        std::size_t entries = bars_of_part;
        for (std::size_t level = 0; level < RangeTree::level_count; ++level) {
            entries /= run;
            const std::size_t end = part + 1 == parts ? levels_[level].size() / 2 : (part + 1) * entries;
            for (std::size_t i = part * entries; i < end; ++i) make_entry(bars, level, i, below[level]);
        }
    });
}

void PriceRanges::make_entry(const BarsView& bars, std::size_t level, std::size_t i, std::size_t below) {
    Range range;
    if (level == 0) {
        for (std::size_t bar = i * run; bar < std::min(below, i * run + run); ++bar)
            range.take(bars.low[bar], bars.high[bar]);
    } else if (i * run < below) {  // a group of the level below, its missing ones included
        const double* group = levels_[level - 1].data() + i * 2 * run;
        for (std::size_t k = 0; k < run; ++k) range.take(group[k], group[run + k]);
    }
    double* group = levels_[level].data() + i / run * 2 * run + i % run;
    group[0] = range.low;
    group[run] = range.high;
}

}  // namespace evolve
