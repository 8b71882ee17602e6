// Exponential averages, and exponential averages of those, of several periods side by side.
#pragma once

#include <vector>

#include "core/indicators/definition.hpp"
#include "core/indicators/lanes.hpp"

namespace evolve {

// level[0] is the average of the input, each further one the average of the one before.
template <std::size_t levels>
struct Exponential {
    template <class V>
    struct State {
        V alpha;
        V level[levels];
    };

    template <class V>
    [[gnu::always_inline]] static void advance(State<V>& state, double value) {
        state.level[0] += state.alpha * (value - state.level[0]);
        if constexpr (levels > 1) state.level[1] += state.alpha * (state.level[0] - state.level[1]);
        if constexpr (levels > 2) state.level[2] += state.alpha * (state.level[1] - state.level[2]);
    }

    // The bar at which all levels of averages of n have begun.
    static std::size_t begin(std::size_t n) { return levels * (n - 1); }

    // The state after that bar: each level begins with the mean of the first n values of the one before.
    static State<double> begun(std::span<const double> x, std::size_t n) {
        State<double> state{2.0 / (static_cast<double>(n) + 1), {}};
        std::vector<double> values(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(begin(n) + 1));
        for (double& level : state.level) {
            level = mean_of(std::span(values).first(n));
            for (std::size_t i = n - 1; i < values.size(); ++i) {
                if (i >= n) level += state.alpha * (values[i] - level);
                values[i - (n - 1)] = level;
            }
            values.resize(values.size() - (n - 1));
        }
        return state;
    }

    // Of periods that are the calls' only arguments; value(state) is the output.
    template <class Value>
    static void compute(const IndicatorInput& input, std::span<const IndicatorCall> calls, Value value) {
        std::vector<Lane<State<double>>> running;
        for (const IndicatorCall& call : calls) {
            const std::size_t n = period_at(call.args, 0), at = begin(n);
            if (input.size <= at) continue;
            double* const out = call.outputs[0].data();
            running.push_back({begun(input.x, n), at + 1, {out}});
            out[at] = value(running.back().state);
        }
        const double* const x = input.x.data();
        run_lanes(std::span(running), input.size, input.control, [x, value](std::size_t i, auto& state) {
            advance(state, x[i]);
            return std::array{value(state)};
        });
    }
};

inline void exponential(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    Exponential<1>::compute(input, calls, [](const auto& state) { return state.level[0]; });
}

inline void double_exponential(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    Exponential<2>::compute(input, calls, [](const auto& state) { return 2.0 * state.level[0] - state.level[1]; });
}

inline void triple_exponential(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    Exponential<3>::compute(input, calls,
                            [](const auto& state) { return 3.0 * (state.level[0] - state.level[1]) + state.level[2]; });
}

}  // namespace evolve
