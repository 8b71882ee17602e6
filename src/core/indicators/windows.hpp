// Sums over moving windows, the loop that several building blocks share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/indicators/loops.hpp"

namespace evolve {

// Sums over windows of n without drift: the input is cut into blocks of n, so that every window is the tail of one
// block and the head of the next. Tails are summed backwards when a block begins, heads as the bars come: two additions
// a bar and no subtraction. Sums are taken of distances from the block's first value, which lies inside every window
// of the block; so the squares cancel by a factor of n at the very worst, however large the prices are.
enum class Second : std::uint8_t { none, square, moment };
enum class Anchor : std::uint8_t { zero, block };

struct WindowSums {
    double anchor;       // what was subtracted from every value
    double sum;          // of the distances
    double second;       // of their squares, or of (index - block start) * distance
    std::size_t offset;  // of the window's last value from the block start
};

// How many blocks of n there are, the last of which may be shorter.
inline std::size_t blocks_of(std::size_t n, std::span<const double> x) { return (x.size() + n - 1) / n; }

template <Second kind>
void accumulate(double distance, double position, double& sum, double& second) {
    sum += distance;
    if constexpr (kind == Second::square) second += distance * distance;
    if constexpr (kind == Second::moment) second += position * distance;
}

// `lanes` blocks that follow each other, side by side: their sums do not wait for each other, so the processor works on
// all at once. Each block's own arithmetic is the same for any number of lanes. tails: n times lanes values each.
template <Second kind, Anchor anchoring, std::size_t lanes, typename Emit>
[[gnu::always_inline]] inline void work_on_blocks(std::span<const double> x, std::size_t n, std::size_t first_start,
                                                  double* tail_sum, double* tail_second, Emit& emit) {
    const double* starts[lanes];
    double anchor[lanes], sum[lanes] = {}, second[lanes] = {};
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        starts[lane] = x.data() + first_start + lane * n;
        anchor[lane] = anchoring == Anchor::block ? *starts[lane] : 0.0;
    }
    for (std::size_t k = 1; k < n && first_start > 0; ++k) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            accumulate<kind>(*(starts[lane] - k) - anchor[lane], -static_cast<double>(k), sum[lane], second[lane]);
            tail_sum[k * lanes + lane] = sum[lane];
            if constexpr (kind != Second::none) tail_second[k * lanes + lane] = second[lane];
        }
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) sum[lane] = second[lane] = 0;
    const std::size_t count = std::min(n, x.size() - (first_start + (lanes - 1) * n));  // shorter only with one lane
    for (std::size_t offset = 0; offset < count; ++offset) {
        const std::size_t before = n - 1 - offset;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            accumulate<kind>(starts[lane][offset] - anchor[lane], static_cast<double>(offset), sum[lane], second[lane]);
            if (first_start == 0 && before > 0) continue;
            WindowSums window{anchor[lane], sum[lane] + tail_sum[before * lanes + lane], 0, offset};
            if constexpr (kind != Second::none) window.second = second[lane] + tail_second[before * lanes + lane];
            emit(first_start + lane * n + offset, window);
        }
    }
}

template <Second kind, Anchor anchoring, typename Emit>
void for_each_window(std::span<const double> x, std::size_t n, const Control& control, Emit emit) {
    if (n == 0 || x.size() < n) return;
    constexpr std::size_t lanes = 4;
    // [k]: of the last k values before the block
    std::vector<double> tail_sum(n * lanes, 0.0), tail_second(kind == Second::none ? 0 : n * lanes, 0.0);
    const auto one = [&](std::size_t block) {
        work_on_blocks<kind, anchoring, 1>(x, n, block * n, tail_sum.data(), tail_second.data(), emit);
    };
    const auto side_by_side = [&](std::size_t group) {
        work_on_blocks<kind, anchoring, lanes>(x, n, (1 + group * lanes) * n, tail_sum.data(), tail_second.data(),
                                               emit);
    };
    for_each_bar(0, 1, control, one, n);
    std::fill(tail_sum.begin(), tail_sum.end(), 0.0);
    std::fill(tail_second.begin(), tail_second.end(), 0.0);
    const std::size_t groups = (x.size() / n - 1) / lanes;
    for_each_bar(0, groups, control, side_by_side, n * lanes);
    std::fill(tail_sum.begin(), tail_sum.end(), 0.0);
    std::fill(tail_second.begin(), tail_second.end(), 0.0);
    for_each_bar(1 + groups * lanes, blocks_of(n, x), control, one, n);
}

}  // namespace evolve
