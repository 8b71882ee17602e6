#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 30)};
constexpr Output results[] = {{.name = "sma", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    rolling_mean(input.x, period_at(args, 0), outputs[0], input.control);
}

std::unique_ptr<Parts> in_parts(std::span<const double> x, Arguments args, std::size_t from) {
    return rolling_mean_in_parts(x, period_at(args, 0), from);
}

}  // namespace

extern constinit const Indicator indicator_sma = {
    .name = "sma",
    .title = "simple moving average",
    .description = "Mean of the last values, all with the same weight.",
    .family = Family::moving_average,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
    .in_parts = in_parts,
};

}  // namespace evolve
