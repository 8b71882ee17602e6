#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 14)};
constexpr Output results[] = {{.name = "linearreg", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    rolling_regression_end(input.x, period_at(args, 0), outputs[0], input.control);
}

}  // namespace

extern constinit const Indicator indicator_linearreg = {
    .name = "linearreg",
    .title = "linear regression",
    .description = "Value at the current bar of the least-squares line through the last values.",
    .family = Family::moving_average,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
