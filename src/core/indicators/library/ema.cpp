#include "core/indicators/exponential.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 30)};
constexpr Output results[] = {{.name = "ema", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

}  // namespace

extern constinit const Indicator indicator_ema = {
    .name = "ema",
    .title = "exponential moving average",
    .description =
        "Moving average with the factor 2/(period + 1), begun with the simple average of the first values as "
        "TA-Lib does.",
    .family = Family::moving_average,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute_many = exponential,
};

}  // namespace evolve
