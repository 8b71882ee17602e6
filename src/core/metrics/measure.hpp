// Metrics of whole populations. What is asked for decides how: most metrics come from the journals of the simulation by
// looking stretches up, and only those that depend on every bar's equity (ulcer_index, max_drawdown_bars, var_95,
// cvar_95, tail_ratio, skewness, kurtosis, those against a benchmark) have it written out.
#pragma once

#include <functional>
#include <span>

#include "core/engine/backtest.hpp"
#include "core/metrics/metrics.hpp"

namespace evolve {

// Calls consume(i, metrics) once for every ruleset i, from any of control.threads threads. The metrics that are wanted
// agree with compute_metrics() of backtest(ruleset i) to 1e-12 of the magnitude of the sums they are made from; trades,
// and everything made from trades alone, to the last bit. The others are undefined, counts 0. They do not depend on the
// rest of the population or the threads. Throws Error as backtest_many().
void measure_many(std::span<const Ruleset> population, BarsView bars, const BacktestOptions& options, MetricSet wanted,
                  const Control& control,
                  const std::function<void(std::size_t index, const Metrics& metrics)>& consume);

// Whether the wanted metrics can be looked up.
bool can_look_up(MetricSet wanted, const BacktestOptions& options);

}  // namespace evolve
