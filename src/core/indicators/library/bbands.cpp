#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {
    series_argument,
    period_argument(2, 20),
    real_argument("deviations_up", 0, 100, 2, "standard deviations from the middle to the upper band"),
    real_argument("deviations_down", 0, 100, 2, "standard deviations from the middle to the lower band"),
    matype_argument("matype", "type of the middle band's moving average"),
};
constexpr Output results[] = {
    {.name = "upper", .unit = Unit::price, .unit_of_input = true},
    {.name = "middle", .unit = Unit::price, .unit_of_input = true},
    {.name = "lower", .unit = Unit::price, .unit_of_input = true},
};

std::size_t warm_up(Arguments args) { return moving_average_warm_up(matype_at(args, 3), period_at(args, 0)); }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const auto x = input.x;
    const std::size_t n = period_at(args, 0);
    const bool upper = is_wanted(outputs[0]), lower = is_wanted(outputs[2]);
    Scratch unwanted(is_wanted(outputs[1]) ? 0 : x.size());
    const std::span<double> middle = is_wanted(outputs[1]) ? outputs[1] : unwanted;
    moving_average(matype_at(args, 3), x, n, middle, input.control);
    if (!upper && !lower) return;
    Scratch deviation(x.size());
    rolling_deviation(x, n, deviation, input.control);
    const std::size_t first = warm_up(args);
    if (upper)
        for_each_bar(first, x.size(), input.control,
                     [&](std::size_t i) { outputs[0][i] = middle[i] + args[1] * deviation[i]; });
    if (lower)
        for_each_bar(first, x.size(), input.control,
                     [&](std::size_t i) { outputs[2][i] = middle[i] - args[2] * deviation[i]; });
}

}  // namespace

extern constinit const Indicator indicator_bbands = {
    .name = "bbands",
    .title = "Bollinger bands",
    .description =
        "A moving average and bands a number of standard deviations above and below it. The deviation is the "
        "population's (divisor: the period), around the plain mean whatever the type of the average.",
    .family = Family::channel,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
