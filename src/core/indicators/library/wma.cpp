#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 30)};
constexpr Output results[] = {{.name = "wma", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    moving_average(MovingAverage::wma, input.x, period_at(args, 0), outputs[0], input.control);
}

}  // namespace

extern constinit const Indicator indicator_wma = {
    .name = "wma",
    .title = "weighted moving average",
    .description = "Mean of the last values with weights that fall from the period at the newest to 1 at the oldest.",
    .family = Family::moving_average,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
