#include <algorithm>
#include <cmath>

#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 14)};
constexpr Output results[] = {{.name = "rsi", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

// Average moves of less than this part of the value are rounding, or the last trace of moves long ago: no move at all.
constexpr double no_move = 1e-14;

double strength(double gain, double loss, double value) {
    const double total = gain + loss;
    return total > no_move * std::abs(value) ? 100 * (gain / total) : 50.0;
}

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const auto x = input.x;
    const std::size_t n = period_at(args, 0);
    if (x.size() <= n) return;
    const double alpha = 1.0 / static_cast<double>(n);
    double gain = 0, loss = 0;
    for (std::size_t i = 1; i <= n; ++i) {
        const double move = x[i] - x[i - 1];
        gain += std::max(0.0, move);
        loss += std::max(0.0, -move);
    }
    gain *= alpha;
    loss *= alpha;
    outputs[0][n] = strength(gain, loss, x[n]);
    for_each_bar(n + 1, x.size(), input.control, [&](std::size_t i) {
        const double move = x[i] - x[i - 1];
        gain += alpha * (std::max(0.0, move) - gain);
        loss += alpha * (std::max(0.0, -move) - loss);
        outputs[0][i] = strength(gain, loss, x[i]);
    });
}

}  // namespace

extern constinit const Indicator indicator_rsi = {
    .name = "rsi",
    .title = "relative strength index",
    .description =
        "Share of the average gain in the average gain plus average loss (Wilder's averages), times 100. "
        "50 while nothing moves.",
    .family = Family::oscillator,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
