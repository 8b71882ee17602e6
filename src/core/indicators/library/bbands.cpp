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
    moving_average(matype_at(args, 3), x, n, outputs[1], input.control);
    Scratch deviation(x.size());
    rolling_deviation(x, n, deviation, input.control);
    for_each_bar(warm_up(args), x.size(), input.control, [&](std::size_t i) {
        const double middle = outputs[1][i];
        outputs[0][i] = middle + args[1] * deviation[i];
        outputs[2][i] = middle - args[2] * deviation[i];
    });
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
