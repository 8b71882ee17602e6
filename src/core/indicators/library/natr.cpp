#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 14)};
constexpr Output results[] = {{.name = "natr", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    average_true_ranges(input, calls);
    for (const auto& [args, outputs] : calls) {
        const std::span<double> out = outputs[0];
        for_each_bar(period_at(args, 0), input.size, input.control, [&](std::size_t i) {
            const double close = input.bars.close[i];
            out[i] = close != 0 ? 100 * (out[i] / close) : 0.0;
        });
    }
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
    .compute_many = compute_many,
};

}  // namespace evolve
