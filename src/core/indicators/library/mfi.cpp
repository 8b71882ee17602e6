#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "mfi", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    if (input.size <= n) return;
    Scratch price(input.size), rising(input.size), falling(input.size);
    typical_price(input.bars, price, input.control);
    rising[0] = falling[0] = 0;
    for_each_bar(1, input.size, input.control, [&](std::size_t i) {
        const double money = price[i] * input.bars.volume[i];
        rising[i] = price[i] > price[i - 1] ? money : 0.0;
        falling[i] = price[i] < price[i - 1] ? money : 0.0;
    });
    Scratch inflow(input.size), outflow(input.size);
    rolling_sum(rising, n, inflow, input.control);
    rolling_sum(falling, n, outflow, input.control);
    for_each_bar(n, input.size, input.control, [&](std::size_t i) {
        const double total = inflow[i] + outflow[i];
        outputs[0][i] = total > 0 ? 100 * (inflow[i] / total) : 0.0;
    });
}

}  // namespace

extern constinit const Indicator indicator_mfi = {
    .name = "mfi",
    .title = "money flow index",
    .description =
        "Money (typical price times volume) traded on bars with a rising typical price, in percent of that on bars "
        "where it moved; 0 where no money flowed.",
    .family = Family::oscillator,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
