#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 14)};
constexpr Output results[] = {{.name = "plus_di", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    Scratch other(input.size);
    directional_indicators(input.bars, period_at(args, 0), outputs[0], other, input.control);
}

}  // namespace

extern constinit const Indicator indicator_plus_di = {
    .name = "plus_di",
    .title = "plus directional indicator",
    .description = "Upward movement of the highs in percent of the true range, both smoothed as Wilder does.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
