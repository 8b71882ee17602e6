#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Output results[] = {{.name = "obv", .unit = Unit::volume}};

std::size_t warm_up(Arguments) { return 0; }

void compute(const IndicatorInput& input, Arguments, Outputs outputs) {
    const auto& bars = input.bars;
    double balance = bars.volume[0];
    outputs[0][0] = balance;
    for_each_bar(1, input.size, input.control, [&](std::size_t i) {
        if (bars.close[i] > bars.close[i - 1]) balance += bars.volume[i];
        if (bars.close[i] < bars.close[i - 1]) balance -= bars.volume[i];
        outputs[0][i] = balance;
    });
}

}  // namespace

extern constinit const Indicator indicator_obv = {
    .name = "obv",
    .title = "on-balance volume",
    .description =
        "Running sum of the volume: added when the close rises, subtracted when it falls; begins with the first bar's "
        "volume.",
    .family = Family::volume,
    .arguments = {},
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
