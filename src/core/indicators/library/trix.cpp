#include "core/indicators/definition.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(1, 30)};
constexpr Output results[] = {{.name = "trix", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return 3 * (period_at(args, 0) - 1) + 1; }

void compute(const IndicatorInput& input, Arguments args, Outputs outputs) {
    const std::size_t n = period_at(args, 0), once = n - 1;
    if (input.size <= warm_up(args)) return;
    Scratch first(input.size), second(input.size - once), third(input.size - 2 * once);
    exponential_mean(input.x, n, once, first, input.control);
    exponential_mean(first.from(once), n, once, second, input.control);
    exponential_mean(second.from(once), n, once, third, input.control);
    for_each_bar(warm_up(args), input.size, input.control, [&](std::size_t i) {
        const double before = third[i - 2 * once - 1];
        outputs[0][i] = before != 0 ? 100 * (third[i - 2 * once] / before - 1) : 0.0;
    });
}

}  // namespace

extern constinit const Indicator indicator_trix = {
    .name = "trix",
    .title = "triple smoothed rate of change",
    .description =
        "Change from bar to bar, in percent, of the exponential average of the exponential average of the exponential "
        "average.",
    .family = Family::momentum,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute = compute,
};

}  // namespace evolve
