// The options of a backtest call as users write them: {"fee_rate": 0.001, "fill": "close", …}.
#pragma once

#include <string>
#include <string_view>

#include "core/engine/backtest.hpp"

namespace evolve {

struct OptionsJson {
    BacktestOptions values;
    bool periods_per_year_given = false;  // left out: from timeframe and calendar of the bars
    std::string benchmark;                // symbol; empty: none
};

// Keys: initial_capital, fee_rate, slippage, fill, stop_on_entry_bar, sizing, risk_free, periods_per_year, benchmark.
// Throws Error: unknown_name for a key that is none of these, invalid_option for a value outside its domain.
OptionsJson parse_options(std::string_view json);

}  // namespace evolve
