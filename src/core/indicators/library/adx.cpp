#include <utility>

#include "core/indicators/definition.hpp"
#include "core/indicators/directions.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {period_argument(2, 14)};
constexpr Output results[] = {{.name = "adx", .unit = Unit::oscillator}};

std::size_t warm_up(Arguments args) { return 2 * period_at(args, 0) - 1; }

// Percent; less than this is the last trace of moves long ago. Without a direction the average stays as it is.
constexpr double no_direction = 1e-14;

template <class V>
struct State {
    Directions<V> directions;
    V alpha, average;
};

// The distance of the two directions in percent of their sum, and whether there is one.
template <class V>
auto index_at(const Directions<V>& directions, double close) {
    const V plus = directions.plus(close), minus = directions.minus(close);
    const V both = plus + minus, apart = plus > minus ? plus - minus : minus - plus;
    return std::pair{both > no_direction, 100.0 * (apart / both)};
}

// The average after the first n indices: their mean.
State<double> begun(const BarsView& bars, std::size_t n) {
    State<double> state{directions_begun(bars, n), 1.0 / static_cast<double>(n), 0};
    double sum = 0;
    for (std::size_t i = n; i < 2 * n; ++i) {
        state.directions.advance(bars, i);
        const auto [directed, index] = index_at(state.directions, bars.close[i]);
        if (directed) sum += index;
    }
    state.average = sum * state.alpha;
    return state;
}

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    std::vector<Lane<State<double>>> running;
    for (const IndicatorCall& call : calls) {
        const std::size_t n = period_at(call.args, 0), first = warm_up(call.args);
        if (input.size <= first) continue;
        double* const out = call.outputs[0].data();
        running.push_back({begun(input.bars, n), first + 1, {out}});
        out[first] = running.back().state.average;
    }
    const BarsView bars = input.bars;
    run_lanes(std::span(running), input.size, input.control, [bars](std::size_t i, auto& state) {
        state.directions.advance(bars, i);
        const auto [directed, index] = index_at(state.directions, bars.close[i]);
        const auto next = state.average + state.alpha * (index - state.average);
        state.average = directed ? next : state.average;
        return std::array{state.average};
    });
}

}  // namespace

extern constinit const Indicator indicator_adx = {
    .name = "adx",
    .title = "average directional movement index",
    .description =
        "Strength of the trend, whatever its direction: Wilder's average of the distance between plus_di and minus_di "
        "in percent of their sum.",
    .family = Family::trend,
    .arguments = arguments,
    .outputs = results,
    .reads_bars = true,
    .warm_up = warm_up,
    .compute_many = compute_many,
};

}  // namespace evolve
