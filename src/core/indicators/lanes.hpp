// Recurrences side by side. A recurrence waits for its own last value (some ten cycles a bar), so several of them, say
// an average of several periods, cost together hardly more than one. Each gives the bits it gives alone.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "core/indicators/loops.hpp"

namespace evolve {

// Two lanes in a register. Operators work on each, and with a number on both; comparisons select by ?:.
using Pair [[gnu::vector_size(2 * sizeof(double))]] = double;

// The same number in all lanes of V, which is double or Pair.
template <class V>
[[gnu::always_inline]] inline V in_all(double value) {
    return V{} + value;
}

// One recurrence. State is an S<double>, where S<V> is a struct of V alone: what it carries from bar to bar, and its
// constants.
template <class State, std::size_t outputs = 1>
struct Lane {
    State state;                         // after bar first - 1
    std::size_t first = 0;               // the bar of its first step
    std::array<double*, outputs> out{};  // where to write; nullptr: not wanted, with several outputs
};

// Helpers of run_lanes.
namespace lanes {

// S<Pair> of S<double>. Only types name S: functions with a template of an unnamed namespace among their parameters
// would not be their file's own with GCC 12.
template <class State>
struct Paired;
template <template <class> class S>
struct Paired<S<double>> {
    using Type = S<Pair>;
};
template <class State>
using PairOf = typename Paired<State>::Type;

template <class State>
inline constexpr std::size_t members = sizeof(State) / sizeof(double);

template <class State>
PairOf<State> join(const State& a, const State& b) {
    const auto left = std::bit_cast<std::array<double, members<State>>>(a);
    const auto right = std::bit_cast<std::array<double, members<State>>>(b);
    std::array<Pair, members<State>> both;
    for (std::size_t k = 0; k < both.size(); ++k) both[k] = Pair{left[k], right[k]};
    return std::bit_cast<PairOf<State>>(both);
}

// Lane 0 or 1 of a pair.
template <class State>
State part(const PairOf<State>& pair, std::size_t which) {
    const auto both = std::bit_cast<std::array<Pair, members<State>>>(pair);
    std::array<double, members<State>> one;
    for (std::size_t k = 0; k < one.size(); ++k) one[k] = both[k][which];
    return std::bit_cast<State>(one);
}

template <std::size_t outputs>
[[gnu::always_inline]] inline void store(const std::array<double*, outputs>& out, std::size_t output, std::size_t bar,
                                         double value) {
    if (outputs == 1 || out[output] != nullptr) out[output][bar] = value;
}

template <class State, std::size_t outputs, class Step>
void run_one(Lane<State, outputs>& lane, std::size_t first, std::size_t last, const Control& control, Step step) {
    State state = lane.state;
    const auto out = lane.out;
    for_each_bar(first, last, control, [&](std::size_t i) {
        const std::array<double, outputs> values = step(i, state);
        for (std::size_t k = 0; k < outputs; ++k) store(out, k, i, values[k]);
    });
    lane.state = state;
}

// 2 * pairs lanes, or one less: the last one then runs twice. All of a bar's steps come before its values are written,
// so that what they read of the bar is read once.
template <std::size_t... p, class State, std::size_t outputs, class Step>
void run_pairs(std::index_sequence<p...>, std::span<Lane<State, outputs>> lanes, std::size_t first, std::size_t last,
               const Control& control, Step step) {
    const auto lane = [&](std::size_t k) -> Lane<State, outputs>& { return lanes[std::min(k, lanes.size() - 1)]; };
    std::array<PairOf<State>, sizeof...(p)> states{join(lane(2 * p).state, lane(2 * p + 1).state)...};
    const std::array<std::array<double*, outputs>, sizeof...(p)> left{lane(2 * p).out...},
        right{lane(2 * p + 1).out...};
    for_each_bar(first, last, control, [&](std::size_t i) {
        const std::array<std::array<Pair, outputs>, sizeof...(p)> values{step(i, states[p])...};
        for (std::size_t k = 0; k < outputs; ++k) {
            (store(left[p], k, i, values[p][k][0]), ...);
            (store(right[p], k, i, values[p][k][1]), ...);
        }
    });
    ((lane(2 * p).state = part<State>(states[p], 0), lane(2 * p + 1).state = part<State>(states[p], 1)), ...);
}

}  // namespace lanes

// Runs each of most_lanes lanes, or fewer, from its first bar to `last` - 1. step(bar, state) advances an S<double> or
// an S<Pair> over that bar and returns its outputs.
template <class State, std::size_t outputs, class Step>
void run_lanes(std::span<Lane<State, outputs>> lanes, std::size_t last, const Control& control, Step step) {
    std::sort(lanes.begin(), lanes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t running = 1; running <= lanes.size(); ++running) {
        const auto together = lanes.first(running);
        const std::size_t from = together.back().first;
        const std::size_t until = running < lanes.size() ? std::min(lanes[running].first, last) : last;
        if (running == 1)
            lanes::run_one(lanes.front(), from, until, control, step);
        else if (running == 2)
            lanes::run_pairs(std::make_index_sequence<1>(), together, from, until, control, step);
        else if (running <= 4)
            lanes::run_pairs(std::make_index_sequence<2>(), together, from, until, control, step);
        else if (running <= 6)
            lanes::run_pairs(std::make_index_sequence<3>(), together, from, until, control, step);
        else
            lanes::run_pairs(std::make_index_sequence<4>(), together, from, until, control, step);
    }
}

}  // namespace evolve
