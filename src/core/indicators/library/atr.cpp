#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(1, 14)};
constexpr Output results[] = {{.name = "atr", .unit = Unit::price}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

}  // namespace

extern constinit const Indicator indicator_atr = {
    .name = "atr",
    .title = "average true range",
    .description = "Wilder's average of the true range: how far the price moves in a bar, gaps included.",
    .family = Family::volatility,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute_many = average_true_ranges,
};

}  // namespace evolve
