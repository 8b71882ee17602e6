#include "core/indicators/exponential.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 30)};
constexpr Output results[] = {{.name = "tema", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return 3 * (period_at(args, 0) - 1); }

}  // namespace

extern constinit const Indicator indicator_tema = {
    .name = "tema",
    .title = "triple exponential moving average",
    .description =
        "3 e1 - 3 e2 + e3 of exponential averages, each taken of the one before: follows with less lag still.",
    .family = Family::moving_average,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute_many = triple_exponential,
};

}  // namespace evolve
