#include <algorithm>

#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {
    real_argument("acceleration", 0, 1, 0.02, "first acceleration, and its step at every new extreme"),
    real_argument("maximum", 0, 1, 0.2, "largest acceleration"),
};
constexpr Output results[] = {{.name = "sar", .unit = Unit::price}};

std::size_t warm_up(Arguments) { return 1; }

// Prices as the holder of the position sees them: a short position is a long one at negated prices.
struct View {
    BarsView bars;
    bool is_long;

    double best(std::size_t i) const { return is_long ? bars.high[i] : -bars.low[i]; }
    double worst(std::size_t i) const { return is_long ? bars.low[i] : -bars.high[i]; }
    double shown(double level) const { return is_long ? level : -level; }
};

bool begins_long(const BarsView& bars) {
    const double rise = bars.high[1] - bars.high[0], fall = bars.low[0] - bars.low[1];
    return fall <= 0 || rise >= fall;
}

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    if (input.size < 2) return;
    const double fastest = args[1], step = std::min(args[0], fastest);
    View view{input.bars, begins_long(input.bars)};
    double extreme = view.best(1), level = view.worst(0), acceleration = step;
    for_each_bar(1, input.size, input.control, [&](std::size_t i) {
        const std::size_t before = i > 1 ? i - 1 : 1;
        if (view.worst(i) <= level) {
            level = std::max({extreme, view.best(before), view.best(i)});
            outputs[0][i] = view.shown(level);
            view.is_long = !view.is_long;
            level = -level;
            extreme = view.best(i);
            acceleration = step;
        } else {
            outputs[0][i] = view.shown(level);
            if (view.best(i) > extreme) {
                extreme = view.best(i);
                acceleration = std::min(acceleration + step, fastest);
            }
        }
        level += acceleration * (extreme - level);
        level = std::min({level, view.worst(before), view.worst(i)});
    });
}

}  // namespace

extern constinit const Indicator indicator_sar = {
    .name = "sar",
    .title = "parabolic stop and reverse",
    .description =
        "Trailing level that closes in on the price ever faster while a trend makes new extremes, and changes sides "
        "when the price touches it. Wilder's, begun as in TA-Lib.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
