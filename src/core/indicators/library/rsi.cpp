#include <algorithm>
#include <cmath>

#include "core/indicators/definition.hpp"
#include "core/indicators/lanes.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {series_argument, period_argument(2, 14)};
constexpr Output results[] = {{.name = "rsi", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return period_at(args, 0); }

// Average moves of less than this part of the value are rounding, or the last trace of moves long ago: no move at all.
constexpr double no_move = 1e-14;

template <class V>
struct State {
    V alpha, gain, loss;

    V strength(double value) const {
        const V total = gain + loss;
        return total > no_move * std::abs(value) ? 100.0 * (gain / total) : in_all<V>(50);
    }
};

// The averages after the first n moves.
State<double> begun(std::span<const double> x, std::size_t n) {
    State<double> state{1.0 / static_cast<double>(n), 0, 0};
    for (std::size_t i = 1; i <= n; ++i) {
        const double move = x[i] - x[i - 1];
        state.gain += std::max(0.0, move);
        state.loss += std::max(0.0, -move);
    }
    state.gain *= state.alpha;
    state.loss *= state.alpha;
    return state;
}

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    const double* const x = input.x.data();
    std::vector<Lane<State<double>>> running;
    for (const IndicatorCall& call : calls) {
        const std::size_t n = period_at(call.args, 0);
        if (input.size <= n) continue;
        double* const out = call.outputs[0].data();
        running.push_back({begun(input.x, n), n + 1, {out}});
        out[n] = running.back().state.strength(x[n]);
    }
    run_lanes(std::span(running), input.size, input.control, [x](std::size_t i, auto& state) {
        const double move = x[i] - x[i - 1];
        state.gain += state.alpha * (std::max(0.0, move) - state.gain);
        state.loss += state.alpha * (std::max(0.0, -move) - state.loss);
        return std::array{state.strength(x[i])};
    });
}

}  // namespace

extern constinit const Indicator indicator_rsi = {
    .name = "rsi",
    .title = "relative strength index",
    .description =
        "Share of the average gain in the average gain plus average loss (Wilder's averages), times 100. "
        "50 while nothing moves.",
    .family = Family::oscillator,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .compute_many = compute_many,
};

}  // namespace evolve
