#include "core/indicators/definition.hpp"
#include "core/indicators/stochastic.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {
    period_argument(1, 5, "fastk_period", "bars of the range"),
    period_argument(1, 3, "slowk_period", "bars of k's moving average"),
    period_argument(1, 3, "slowd_period", "bars of d's moving average"),
    matype_argument("slowk_matype", "type of k's moving average"),
    matype_argument("slowd_matype", "type of d's moving average"),
};
constexpr Output results[] = {{.name = "k", .unit = Unit::oscillator}, {.name = "d", .unit = Unit::oscillator}};

std::size_t smoothing(Arguments args, std::size_t line) {
    return moving_average_warm_up(matype_at(args, 2 + line), period_at(args, line));
}

std::size_t warm_up(Arguments args) { return period_at(args, 0) - 1 + smoothing(args, 1) + smoothing(args, 2); }

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    for_each_stochastic(input, calls, warm_up, [&](std::span<const double> raw, Arguments args, Outputs outputs) {
        const std::size_t first = warm_up(args), raw_first = period_at(args, 0) - 1, k_first = smoothing(args, 1);
        Scratch k(input.size - raw_first);
        moving_average(matype_at(args, 3), raw.subspan(raw_first), period_at(args, 1), k, input.control);
        if (is_wanted(outputs[0]))
            for_each_bar(first, input.size, input.control, [&](std::size_t i) { outputs[0][i] = k[i - raw_first]; });
        if (!is_wanted(outputs[1])) return;
        Scratch d(k.size() - k_first);
        moving_average(matype_at(args, 4), k.from(k_first), period_at(args, 2), d, input.control);
        for_each_bar(first, input.size, input.control,
                     [&](std::size_t i) { outputs[1][i] = d[i - raw_first - k_first]; });
    });
}

}  // namespace

extern constinit const Indicator indicator_stoch = {
    .name = "stoch",
    .title = "stochastic oscillator",
    .description =
        "k: where the close lies in the range of the last bars (0 at the low, 100 at the high; 0 where the range is "
        "0), smoothed; d: k smoothed again.",
    .family = Family::oscillator,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute_many = compute_many,
};

}  // namespace evolve
