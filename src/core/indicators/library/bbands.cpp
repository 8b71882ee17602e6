#include "core/indicators/definition.hpp"
#include "core/simd/kernels.hpp"

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

// out[first + i] = mean[i] + distance * deviation[i]
void write_band(std::span<double> out, std::size_t first, std::span<const double> mean,
                std::span<const double> deviation, double distance) {
    const std::size_t size = mean.size();
    kernels().arithmetic(Arithmetic::multiply, deviation.data(), 1, &distance, 0, size, &out[first]);
    kernels().arithmetic(Arithmetic::add, mean.data(), 1, &out[first], 1, size, &out[first]);
}

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const auto x = input.x;
    const std::size_t n = period_at(args, 0);
    const bool upper = is_wanted(outputs[0]), middle = is_wanted(outputs[1]), lower = is_wanted(outputs[2]);
    const MovingAverage type = matype_at(args, 3);
    if (!upper && !lower) return moving_average(type, x, n, outputs[1], input.control);
    const auto write_bands = [&](std::size_t first, std::span<const double> mean, std::span<const double> deviation) {
        if (upper) write_band(outputs[0], first, mean, deviation, args[1]);
        if (lower) write_band(outputs[2], first, mean, deviation, -args[2]);
    };
    if (type == MovingAverage::sma) {
        rolling_mean_and_deviation(
            x, n, input.control,
            [&](std::size_t first, std::span<const double> mean, std::span<const double> deviation) {
                if (middle) std::copy(mean.begin(), mean.end(), &outputs[1][first]);
                write_bands(first, mean, deviation);
            });
        return;
    }
    Scratch unwanted(middle ? 0 : x.size()), deviation(x.size());
    const std::span<double> mean = middle ? outputs[1] : unwanted;
    moving_average(type, x, n, mean, input.control);
    rolling_deviation(x, n, deviation, input.control);
    for (std::size_t first = warm_up(args); first < x.size(); first += bars_per_poll) {
        input.control.check();
        const std::size_t size = std::min(bars_per_poll, x.size() - first);
        write_bands(first, mean.subspan(first, size), std::span<const double>(deviation).subspan(first, size));
    }
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
