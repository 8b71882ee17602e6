#include "core/engine/price_ranges.hpp"

#include <algorithm>
#include <limits>

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
    std::size_t below = bars.size();  // entries of the level below
    for (std::size_t level = 0; level < RangeTree::level_count; ++level) {
        const std::size_t count = (below + run - 1) / run;
        std::vector<double>& into = levels_[level];
        into.resize((count + run - 1) / run * 2 * run);
        for (std::size_t i = 0; i < into.size() / 2; ++i) {
            if (i % (bars_per_poll / run) == 0) control.check();
            Range range;
            if (level == 0) {
                for (std::size_t bar = i * run; bar < std::min(below, i * run + run); ++bar)
                    range.take(bars.low[bar], bars.high[bar]);
            } else if (i < count) {  // a group of the level below, its missing ones included
                const double* group = levels_[level - 1].data() + i * 2 * run;
                for (std::size_t k = 0; k < run; ++k) range.take(group[k], group[run + k]);
            }
            double* group = into.data() + i / run * 2 * run + i % run;
            group[0] = range.low;
            group[run] = range.high;
        }
        tree_.levels[level] = into.data();
        below = count;
    }
}

}  // namespace evolve
