#include <cmath>

#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "adx", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return 2 * period_at(args, 0) - 1; }

// Percent; less than this is the last trace of moves long ago. Without a direction the average stays as it is.
constexpr double no_direction = 1e-14;

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0), first = warm_up(args);
    if (input.size <= first) return;
    Scratch plus(input.size), minus(input.size);
    directional_indicators(input.bars, n, plus, minus, input.control);
    const double alpha = 1.0 / static_cast<double>(n);
    double sum = 0, average = 0;
    for_each_bar(n, input.size, input.control, [&](std::size_t i) {
        const double both = plus[i] + minus[i];
        const bool directed = both > no_direction;
        const double index = directed ? 100 * (std::abs(plus[i] - minus[i]) / both) : 0.0;
        if (i <= first) {
            sum += index;
            average = sum * alpha;
        } else if (directed) {
            average += alpha * (index - average);
        }
        if (i >= first) outputs[0][i] = average;
    });
}

}  // namespace

extern constinit const Indicator indicator_adx = {
    .name = "adx",
    .title = "average directional movement index",
    .description =
        "Strength of the trend, whatever its direction: Wilder's average of the distance between plus_di and minus_di "
        "in percent of their sum.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
