#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 14)};
constexpr Output results[] = {{.name = "natr", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    average_true_range(input.bars, n, outputs[0], input.control);
    for_each_bar(n, input.size, input.control, [&](std::size_t i) {
        const double close = input.bars.close[i];
        outputs[0][i] = close != 0 ? 100 * (outputs[0][i] / close) : 0.0;
    });
}

}  // namespace

extern constinit const Indicator indicator_natr = {
    .name = "natr",
    .title = "normalised average true range",
    .description = "Average true range in percent of the close.",
    .family = Family::volatility,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
