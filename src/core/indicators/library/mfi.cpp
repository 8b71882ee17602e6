#include <vector>

#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "mfi", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    if (input.size <= n) return;
    std::vector<double> price(input.size), rising(input.size), falling(input.size);
    typical_price(input.bars, price);
    for (std::size_t i = 1; i < input.size; ++i) {
        const double money = price[i] * input.bars.volume[i];
        if (price[i] > price[i - 1]) rising[i] = money;
        if (price[i] < price[i - 1]) falling[i] = money;
    }
    std::vector<double> inflow(input.size), outflow(input.size);
    rolling_sum(rising, n, inflow);
    rolling_sum(falling, n, outflow);
    for (std::size_t i = n; i < input.size; ++i) {
        const double total = inflow[i] + outflow[i];
        outputs[0][i] = total > 0 ? 100 * (inflow[i] / total) : 0.0;
    }
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
