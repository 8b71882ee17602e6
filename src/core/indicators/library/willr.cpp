#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "willr", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    Scratch highest(input.size), lowest(input.size);
    rolling_max(input.bars.high, n, highest, input.control);
    rolling_min(input.bars.low, n, lowest, input.control);
    for_each_bar(n - 1, input.size, input.control, [&](std::size_t i) {
        const double range = highest[i] - lowest[i];
        outputs[0][i] = range != 0 ? 100 * ((input.bars.close[i] - highest[i]) / range) : 0.0;
    });
}

}  // namespace

extern constinit const Indicator indicator_willr = {
    .name = "willr",
    .title = "Williams %R",
    .description =
        "Where the close lies in the range of the last bars: 0 at the highest high, -100 at the lowest low; 0 where "
        "the range is 0.",
    .family = Family::oscillator,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
