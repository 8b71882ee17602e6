#include "core/indicators/exponential.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 30)};
constexpr Output results[] = {{.name = "dema", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return 2 * (period_at(args, 0) - 1); }

}  // namespace

extern constinit const Indicator indicator_dema = {
    .name = "dema",
    .title = "double exponential moving average",
    .description =
        "2 e1 - e2, where e1 is the exponential average and e2 the exponential average of e1: follows with less lag.",
    .family = Family::moving_average,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute_many = double_exponential,
};

}  // namespace evolve
