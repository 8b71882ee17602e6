#include "core/indicators/definition.hpp"
#include "core/indicators/directions.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 14)};
constexpr Output results[] = {{.name = "minus_di", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    directional_lines(input, calls, [](const auto& at, double close) { return at.minus(close); });
}

}  // namespace

extern constinit const Indicator indicator_minus_di = {
    .name = "minus_di",
    .title = "minus directional indicator",
    .description = "Downward movement of the lows in percent of the true range, both smoothed as Wilder does.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute_many = compute_many,
};

}  // namespace evolve
