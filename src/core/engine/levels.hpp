// Stop, target and trailing stop of one open position: which bar touches one of them first.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "core/base/control.hpp"
#include "core/engine/backtest.hpp"
#include "core/engine/price_ranges.hpp"

namespace evolve {

struct Levels {
    double stop = std::numeric_limits<double>::quiet_NaN();    // NaN: none
    double target = std::numeric_limits<double>::quiet_NaN();  // NaN: none
    // Trailing: distance below a long's peak; a factor of it, or an amount. NaN: none.
    double trailing_factor = std::numeric_limits<double>::quiet_NaN();
    double trailing_amount = std::numeric_limits<double>::quiet_NaN();
    double peak = 0;  // where trailing starts: the fill

    bool trails() const { return !std::isnan(trailing_factor) || !std::isnan(trailing_amount); }
    bool any() const { return !std::isnan(stop) || !std::isnan(target) || trails(); }
};

struct LevelExit {
    std::size_t bar = 0;
    double price = 0;  // before slippage
    ExitReason reason = ExitReason::stop_loss;
};

// Tests bars [first, last]. Trailing lives from bar `trailing_from` on (>= first). Within a bar the stop is tested
// before the target, each first against the open (a gap fills there), then against the range. `ranges` are those of the
// bars: fixed levels are found by them, only what trails is followed bar by bar.
std::optional<LevelExit> first_touch(bool is_long, const Levels& levels, std::size_t first, std::size_t last,
                                     std::size_t trailing_from, const BarsView& bars, const PriceRanges& ranges,
                                     const Control& control);

}  // namespace evolve
