#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 20)};
constexpr Output results[] = {{.name = "upper", .unit = Unit::price},
                              {.name = "middle", .unit = Unit::price},
                              {.name = "lower", .unit = Unit::price}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    const bool middle = is_wanted(outputs[1]), upper = is_wanted(outputs[0]), lower = is_wanted(outputs[2]);
    Scratch highest(input.size), lowest(input.size);
    if (upper || middle) rolling_max(input.bars.high, n, highest, input.control);
    if (lower || middle) rolling_min(input.bars.low, n, lowest, input.control);
    for_each_bar(n, input.size, input.control, [&](std::size_t i) {
        if (upper) outputs[0][i] = highest[i - 1];
        if (middle) outputs[1][i] = (highest[i - 1] + lowest[i - 1]) / 2;
        if (lower) outputs[2][i] = lowest[i - 1];
    });
}

}  // namespace

extern constinit const Indicator indicator_donchian = {
    .name = "donchian",
    .title = "Donchian channel",
    .description =
        "Highest high and lowest low of the last bars before the current one (so that the current bar can break out), "
        "and the middle between them.",
    .family = Family::channel,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
