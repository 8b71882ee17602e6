#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr std::string_view aliases[] = {"highest"};
constexpr Argument arguments[] = {series_argument, period_argument(2, 30)};
constexpr Output results[] = {{.name = "max", .unit = Unit::price, .unit_of_input = true}};

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    rolling_max(input.x, period_at(args, 0), outputs[0], input.control);
}

}  // namespace

extern constinit const Indicator indicator_max = {
    .name = "max",
    .aliases = aliases,
    .title = "highest value",
    .description = "The largest of the last values, the current one included.",
    .family = Family::extreme,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
