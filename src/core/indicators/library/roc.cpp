#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(1, 10)};
constexpr Output results[] = {{.name = "roc", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    for_each_bar(n, input.size, input.control, [&](std::size_t i) {
        const double before = input.x[i - n];
        outputs[0][i] = before != 0 ? 100 * (input.x[i] / before - 1) : 0.0;
    });
}

}  // namespace

extern constinit const Indicator indicator_roc = {
    .name = "roc",
    .title = "rate of change",
    .description = "Change since period bars ago in percent of the value then; 0 where that is 0.",
    .family = Family::momentum,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
