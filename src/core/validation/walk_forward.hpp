// Does what worked in one year work in the quarter after it? Rolling windows over finished backtests.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/validation/pool.hpp"

namespace evolve {

struct WalkForwardWindow {
    std::size_t run = 0;                                       // index of the series
    Timestamp train_from = 0, test_from = 0, test_to = 0;      // first bars of the parts, last bar of the test part
    double train_return = undefined, test_return = undefined;  // fractions
    double train_sharpe = undefined, test_sharpe = undefined;
    std::int64_t test_trades = 0;  // closed in the test part
    bool traded = false;           // a position was held, or a trade closed, in the test part
};

struct WalkForward {
    std::vector<WalkForwardWindow> windows;
    std::size_t traded = 0, profitable = 0;  // windows with a test part that traded; of these, with a gain
    double consistency = undefined;          // profitable / traded; nothing traded: undefined
    // Pardo's walk-forward efficiency over all windows: annual growth out of sample over annual growth in sample, both
    // continuous rates. In sample no growth, or ruin: undefined.
    double efficiency = undefined;
    double mean_test_return = undefined;  // of the windows that traded
};

WalkForward walk_forward(std::span<const SeriesRun> runs, const WalkForwardPlan& plan, const Control& control = {});
// Windows are listed while there are at most 100; `names`: one a series.
nlohmann::json to_json(const WalkForward& result, std::span<const std::string> names);

}  // namespace evolve
