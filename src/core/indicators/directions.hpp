// Wilder's directional movement: what plus_di, minus_di and adx are made of.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "core/indicators/definition.hpp"
#include "core/indicators/lanes.hpp"
#include "core/indicators/true_range.hpp"

namespace evolve {

// Sums of upward movement, downward movement and true range that forget 1/n of themselves a bar.
template <class V>
struct Directions {
    V keep, up, down, range;

    [[gnu::always_inline]] void add(const BarsView& bars, std::size_t i) {
        const double rise = bars.high[i] - bars.high[i - 1];
        const double fall = bars.low[i - 1] - bars.low[i];
        up += rise > fall && rise > 0 ? rise : 0.0;
        down += fall > rise && fall > 0 ? fall : 0.0;
        range += true_range_at(bars, i);
    }

    [[gnu::always_inline]] void advance(const BarsView& bars, std::size_t i) {
        up *= keep;
        down *= keep;
        range *= keep;
        add(bars, i);
    }

    // The indicators: movement in percent of the range, 0 where there is none.
    V plus(double close) const { return part_of_range(up, close); }
    V minus(double close) const { return part_of_range(down, close); }

private:
    V part_of_range(V movement, double close) const {
        // A range below this part of the price is the last trace of moves long ago: no range at all.
        constexpr double no_range = 1e-14;
        return range > no_range * std::abs(close) ? 100.0 * (movement / range) : in_all<V>(0);
    }
};

// The sums of n - 1 bars, before bar n; n = 1: nothing is kept.
inline Directions<double> directions_begun(const BarsView& bars, std::size_t n) {
    Directions<double> state{1 - 1 / static_cast<double>(n), 0, 0, 0};
    for (std::size_t i = 1; i < n; ++i) state.add(bars, i);
    return state;
}

// One of the lines of every call, whose only argument is the period: line(directions, close), from index n.
template <class Line>
void directional_lines(const IndicatorInput& input, std::span<const IndicatorCall> calls, Line line) {
    std::vector<Lane<Directions<double>>> running;
    for (const IndicatorCall& call : calls) {
        const std::size_t n = period_at(call.args, 0);
        if (input.size > n) running.push_back({directions_begun(input.bars, n), n, {call.outputs[0].data()}});
    }
    const BarsView bars = input.bars;
    run_lanes(std::span(running), input.size, input.control, [bars, line](std::size_t i, auto& state) {
        state.advance(bars, i);
        return std::array{line(state, bars.close[i])};
    });
}

}  // namespace evolve
