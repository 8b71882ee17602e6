// Which bars a judgement may see: training and test parts, walk-forward windows. All ranges are half-open [first,
// first + count) in bars.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/series/timeframe.hpp"

namespace evolve {

struct Range {
    std::size_t first = 0, count = 0;
    std::size_t end() const { return first + count; }
    friend bool operator==(const Range&, const Range&) = default;
};

struct Split {
    Range train, test;
    friend bool operator==(const Split&, const Split&) = default;
};

// The first `train_share` (0..1) of the bars, rounded to the nearest whole bar, and the rest. Both parts have a bar
// when there are two or more.
Split train_test_split(std::size_t bars, double train_share);

// The same instant `months` calendar months later (earlier when negative), UTC; the 31st becomes the last day of a
// shorter month.
Timestamp add_months(Timestamp ts, int months);
// End of the last bar: where the next one would start.
Timestamp series_end(std::span<const Timestamp> ts, Timeframe timeframe);

struct WalkForwardPlan {
    int months_in = 12, months_out = 3, months_step = 3;  // each >= 1
    // When the series is too short for this many windows, all three lengths shrink in proportion until they fit.
    int min_windows = 1;
};

// Rolling windows in calendar time from the first bar on: months_in to learn from, the next months_out to prove it,
// moved by months_step. A last window that lacks up to a twentieth of its out-of-sample time is kept (a series seldom
// ends on the day the month does); windows without a bar in either part are left out. ts ascending.
std::vector<Split> walk_forward_windows(std::span<const Timestamp> ts, Timeframe timeframe,
                                        const WalkForwardPlan& plan);

// Windows counted in bars: `splits` test blocks of `test_size` at the end of the series (0: bars / (splits + 1)), each
// trained on what lies before it less `gap` bars, at most `max_train` of them (0: all: expanding windows). Equal to
// scikit-learn's TimeSeriesSplit. Throws Error (invalid_option) when the bars are too few.
std::vector<Split> time_series_splits(std::size_t bars, std::size_t splits, std::size_t test_size = 0,
                                      std::size_t gap = 0, std::size_t max_train = 0);

}  // namespace evolve
