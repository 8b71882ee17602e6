#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Output results[] = {{.name = "vwap", .unit = Unit::price}};

std::size_t warm_up(Arguments) { return 0; }

void compute(const IndicatorInput& input, Arguments, Outputs outputs) {
    typical_price(input.bars, outputs[0], input.control);
    double money = 0, volume = 0;
    for_each_bar(0, input.size, input.control, [&](std::size_t i) {
        money += outputs[0][i] * input.bars.volume[i];
        volume += input.bars.volume[i];
        outputs[0][i] = money / volume;  // 0/0 is unknown
    });
}

}  // namespace

extern constinit const Indicator indicator_vwap = {
    .name = "vwap",
    .title = "volume-weighted average price",
    .description =
        "Mean of the typical price since the first bar, weighted by volume; unknown until something was traded.",
    .family = Family::moving_average,
    .arguments = {},
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
