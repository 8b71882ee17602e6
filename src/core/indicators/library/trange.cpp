#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Output results[] = {{.name = "trange", .unit = Unit::price}};

std::size_t warm_up(Arguments) { return 1; }

void compute(const IndicatorInput& input, Arguments, Outputs outputs) {
    true_range(input.bars, outputs[0], input.control);
}

}  // namespace

extern constinit const Indicator indicator_trange = {
    .name = "trange",
    .title = "true range",
    .description = "Range of the bar, with the gap from the previous close.",
    .family = Family::volatility,
    .arguments = {},
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
