#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 14)};
constexpr Output results[] = {{.name = "minus_di", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    Scratch other(input.size);
    directional_indicators(input.bars, period_at(args, 0), other, outputs[0], input.control);
}

}  // namespace

extern constinit const Indicator indicator_minus_di = {
    .name = "minus_di",
    .title = "minus directional indicator",
    .description = "Downward movement of the lows in percent of the true range, both smoothed as Wilder does.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
