#include "core/indicators/exponential.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(1, 30)};
constexpr Output results[] = {{.name = "trix", .unit = Unit::number}};

std::size_t warm_up(Arguments args) { return 3 * (period_at(args, 0) - 1) + 1; }

// The exponential averages, and what the last of them was a bar before.
template <class V>
struct State {
    Exponential<3>::State<V> averages;
    V before;
};

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    const double* const x = input.x.data();
    std::vector<Lane<State<double>>> running;
    for (const IndicatorCall& call : calls) {
        const std::size_t n = period_at(call.args, 0);
        if (input.size > warm_up(call.args))
            running.push_back({{Exponential<3>::begun(input.x, n), 0}, warm_up(call.args), {call.outputs[0].data()}});
    }
    run_lanes(std::span(running), input.size, input.control, [x](std::size_t i, auto& state) {
        state.before = state.averages.level[2];
        Exponential<3>::advance(state.averages, x[i]);
        const auto change = 100.0 * (state.averages.level[2] / state.before - 1.0);
        return std::array{state.before != 0.0 ? change : in_all<decltype(state.before)>(0)};
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
    .compute_many = compute_many,
};

}  // namespace evolve
