#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {
    series_argument, period_argument(2, 5),
    real_argument("deviations", 0, 100, 1, "what the standard deviation is multiplied by")};
constexpr Output results[] = {{.name = "stddev", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    rolling_deviation(input.x, period_at(args, 0), outputs[0], input.control);
    for_each_bar(warm_up(args), input.size, input.control, [&](std::size_t i) { outputs[0][i] *= args[1]; });
}

}  // namespace

extern constinit const Indicator indicator_stddev = {
    .name = "stddev",
    .title = "standard deviation",
    .description = "Population standard deviation (divisor: the period) of the last values, times deviations.",
    .family = Family::volatility,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
