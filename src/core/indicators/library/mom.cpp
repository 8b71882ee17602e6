#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(1, 10)};
constexpr Output results[] = {{.name = "mom", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    for_each_bar(n, input.size, input.control, [&](std::size_t i) { outputs[0][i] = input.x[i] - input.x[i - n]; });
}

}  // namespace

extern constinit const Indicator indicator_mom = {
    .name = "mom",
    .title = "momentum",
    .description = "Value now minus value period bars ago.",
    .family = Family::momentum,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
