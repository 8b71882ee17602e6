#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "down", .unit = Unit::oscillator}, {.name = "up", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    const auto period = static_cast<double>(n);
    if (is_wanted(outputs[0])) rolling_min_age(input.bars.low, n + 1, outputs[0], input.control);
    if (is_wanted(outputs[1])) rolling_max_age(input.bars.high, n + 1, outputs[1], input.control);
    for (const auto& output : outputs) {
        if (!is_wanted(output)) continue;
        for_each_bar(n, input.size, input.control,
                     [&](std::size_t i) { output[i] = 100 * ((period - output[i]) / period); });
    }
}

}  // namespace

extern constinit const Indicator indicator_aroon = {
    .name = "aroon",
    .title = "Aroon",
    .description =
        "How recent the lowest low (down) and the highest high (up) of the last period + 1 bars are: 100 on the "
        "current bar, 0 period bars ago; of equal ones the most recent counts.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
