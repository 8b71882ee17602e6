#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {
    series_argument,
    period_argument(2, 12, "fast_period", "bars of the fast average; fewer than of the slow one"),
    period_argument(2, 26, "slow_period", "bars of the slow average"),
    period_argument(1, 9, "signal_period", "bars of the average of the difference"),
};
constexpr Output results[] = {
    {.name = "macd", .unit = Unit::price, .unit_of_input = true},
    {.name = "signal", .unit = Unit::price, .unit_of_input = true},
    {.name = "histogram", .unit = Unit::price, .unit_of_input = true},
};

std::size_t warm_up(Arguments args) { return period_at(args, 1) - 1 + period_at(args, 2) - 1; }

std::string_view refuse(Arguments args) { return args[0] < args[1] ? "" : "fast_period must be less than slow_period"; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const auto x = input.x;
    const std::size_t first = warm_up(args);
    if (x.size() <= first) return;
    // Both averages begin at the slow one's first bar; that is where TA-Lib seeds the fast one too.
    const std::size_t begin = period_at(args, 1) - 1;
    Scratch fast(x.size()), slow(x.size());
    exponential_mean(x, period_at(args, 0), begin, fast, input.control);
    exponential_mean(x, period_at(args, 1), begin, slow, input.control);
    for_each_bar(begin, x.size(), input.control, [&](std::size_t i) { fast[i] -= slow[i]; });
    if (is_wanted(outputs[0]))
        for_each_bar(first, x.size(), input.control, [&](std::size_t i) { outputs[0][i] = fast[i]; });
    if (!is_wanted(outputs[1]) && !is_wanted(outputs[2])) return;
    const std::size_t n = period_at(args, 2);
    Scratch signal(x.size() - begin);
    exponential_mean(fast.from(begin), n, n - 1, signal, input.control);
    if (is_wanted(outputs[1]))
        for_each_bar(first, x.size(), input.control, [&](std::size_t i) { outputs[1][i] = signal[i - begin]; });
    if (is_wanted(outputs[2]))
        for_each_bar(first, x.size(), input.control,
                     [&](std::size_t i) { outputs[2][i] = fast[i] - signal[i - begin]; });
}

}  // namespace

extern constinit const Indicator indicator_macd = {
    .name = "macd",
    .title = "moving average convergence divergence",
    .description =
        "Fast minus slow exponential average, its own exponential average (signal), and the difference of the "
        "two (histogram). All lines begin together, seeded as in TA-Lib.",
    .family = Family::momentum,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .refuse = refuse,
    .compute = compute,
};

}  // namespace evolve
