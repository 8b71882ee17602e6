#include <cmath>

#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "cci", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

// Sum of distances from the mean. The mean moves with every bar, so this is summed anew: four sums side by side keep
// the additions from waiting for each other.
double absolute_deviation(std::span<const double> window, double mean) {
    double sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= window.size(); i += 4) {
        for (std::size_t k = 0; k < 4; ++k) sums[k] += std::abs(window[i + k] - mean);
    }
    for (; i < window.size(); ++i) sums[0] += std::abs(window[i] - mean);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0);
    Scratch price(input.size), mean(input.size);
    typical_price(input.bars, price, input.control);
    rolling_mean(price, n, mean, input.control);
    const auto compute_bar = [&](std::size_t i) {
        const auto window = price.from(i + 1 - n).first(n);
        const double deviation = absolute_deviation(window, mean[i]) / static_cast<double>(n);
        outputs[0][i] = deviation != 0 ? (price[i] - mean[i]) / (0.015 * deviation) : 0.0;
    };
    for_each_bar(n - 1, input.size, input.control, compute_bar, n);
}

}  // namespace

extern constinit const Indicator indicator_cci = {
    .name = "cci",
    .title = "commodity channel index",
    .description =
        "Distance of the typical price from its mean, in 0.015 mean absolute deviations; 0 where there is no "
        "deviation.",
    .family = Family::oscillator,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
