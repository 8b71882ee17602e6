// Runs a population on one series: what several rulesets share is computed once and kept, the rest a few rulesets at a
// time, on as many threads and in as much memory as the caller allows.
#pragma once

#include <functional>
#include <span>

#include "core/engine/backtest.hpp"
#include "core/engine/follower.hpp"
#include "core/engine/simulate.hpp"

namespace evolve {

// For who wants nothing but whole journals: finish(i, journal).
Follow follow_to_the_end(std::function<void(std::size_t index, Journal&& journal)> finish);

// Calls follow(i) once for every ruleset i, from any of control.threads threads. The options are checked. `bars` are
// not empty. Throws Error: that of compile(), limit_exceeded for a ruleset whose values alone do not fit into
// control.memory_limit, interrupted.
void run_population(std::span<const Ruleset> population, const BarsView& bars, const BacktestOptions& options,
                    const Control& control, const Follow& follow);

// How much of a population's work is shared.
struct Sharing {
    std::size_t separate_steps = 0;  // of all its rulesets compiled one by one
    std::size_t steps = 0;           // of the one program
};
Sharing sharing_of(std::span<const Ruleset> population);

}  // namespace evolve
