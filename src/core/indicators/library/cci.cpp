#include <cmath>
#include <vector>

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
    std::vector<double> price(input.size), mean(input.size);
    typical_price(input.bars, price);
    rolling_mean(price, n, mean);
    for (std::size_t i = n - 1; i < input.size; ++i) {
        const auto window = std::span<const double>(price).subspan(i + 1 - n, n);
        const double deviation = absolute_deviation(window, mean[i]) / static_cast<double>(n);
        outputs[0][i] = deviation != 0 ? (price[i] - mean[i]) / (0.015 * deviation) : 0.0;
    }
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
