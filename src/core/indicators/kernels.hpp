// Building blocks that indicators share. Conventions of all of them: `out` is as long as the input, does not overlap
// it, and is written only from the stated first index on; a value depends on input up to its own index only. Time is
// proportional to the number of bars whatever the period, and nothing drifts: a window's result holds no trace of
// values that have left it, and a constant window gives exactly that constant (and a deviation of exactly zero). All
// throw ErrorCode::interrupted soon after `control` asks for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "core/base/control.hpp"
#include "core/series/bars.hpp"

namespace evolve {

class Parts;
struct IndicatorInput;
struct IndicatorCall;

// Sum of the last n values, from index n - 1. Exactly zero when all n values are.
void rolling_sum(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
// Arithmetic mean of the last n values, from index n - 1.
void rolling_mean(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
// The same a part at a time (Indicator::in_parts); nullptr where n is too large to be worth it.
std::unique_ptr<Parts> rolling_mean_in_parts(std::span<const double> x, std::size_t n, std::size_t from);
// Population standard deviation (divisor n) of the last n values, from index n - 1.
void rolling_deviation(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
// Both the mean and the deviation, the same bits as each alone, some bars at a time while they are in the cache: those
// from bar `first` on, in order.
using TakeBands =
    std::function<void(std::size_t first, std::span<const double> mean, std::span<const double> deviation)>;
void rolling_mean_and_deviation(std::span<const double> x, std::size_t n, const Control& control,
                                const TakeBands& take);
// Mean of the last n values with weights 1 (oldest) .. n (newest), from index n - 1.
void rolling_weighted_mean(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
// Value at the newest bar of the least-squares line through the last n values, from index n - 1; n >= 2.
void rolling_regression_end(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
// Largest and smallest of the last n values, from index n - 1.
void rolling_max(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
void rolling_min(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
// How many bars ago the largest (smallest) of the last n values was, from index n - 1; of equal ones the most recent.
void rolling_max_age(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);
void rolling_min_age(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control);

// Mean of x, exact when all values are equal; x not empty, and not longer than a period may be: it cannot be stopped.
double mean_of(std::span<const double> x);
// max(high, previous close) - min(low, previous close), from index 1.
void true_range(const BarsView& bars, std::span<double> out, const Control& control);
// Wilder's averages of the true range over the calls' periods n, from index n; the first value is the mean of the true
// ranges 1..n.
void average_true_ranges(const IndicatorInput& input, std::span<const IndicatorCall> calls);
// (high + low + close) / 3, from index 0.
void typical_price(const BarsView& bars, std::span<double> out, const Control& control);
// 100 * (close - lowest low) / (highest high - lowest low) of the last n bars, 0 where the range is 0, from index n
// - 1.
void stochastic(const BarsView& bars, std::size_t n, std::span<double> out, const Control& control);

// Types of moving average that an indicator can take as an argument; a choice argument's value is the index.
enum class MovingAverage : std::uint8_t { sma, ema, wma, dema, tema };
inline constexpr std::array<std::string_view, 5> moving_average_names{"sma", "ema", "wma", "dema", "tema"};
// Leading values without an average. Period 1 is the input itself for every type.
std::size_t moving_average_warm_up(MovingAverage type, std::size_t n);
void moving_average(MovingAverage type, std::span<const double> x, std::size_t n, std::span<double> out,
                    const Control& control);

}  // namespace evolve
