#include "core/indicators/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/indicators/exponential.hpp"
#include "core/indicators/loops.hpp"
#include "core/indicators/true_range.hpp"
#include "core/indicators/windows.hpp"

namespace evolve {
namespace {

// The cutting into blocks of windows.hpp, for extremes: better(a, b) is true when a is strictly more extreme. emit gets
// the index of the most extreme value of each window, of equal ones the last.
template <typename Better, typename Emit>
void for_each_extreme(std::span<const double> x, std::size_t n, const Control& control, Better better, Emit emit) {
    if (n == 0 || x.size() < n) return;
    std::vector<std::size_t> tail(n, 0);  // [k]: best of the last k values before the block
    const auto work_on_block = [&](std::size_t block) {
        const std::size_t start = block * n;
        if (start > 0) {
            std::size_t best = start - 1;
            for (std::size_t k = 1; k < n; ++k) {
                if (better(x[start - k], x[best])) best = start - k;
                tail[k] = best;
            }
        }
        std::size_t best = start;
        const std::size_t count = std::min(n, x.size() - start);
        for (std::size_t offset = 0; offset < count; ++offset) {
            const std::size_t i = start + offset;
            if (!better(x[best], x[i])) best = i;
            const std::size_t before = n - 1 - offset;
            if (before == 0) {
                emit(i, best);
            } else if (start > 0) {
                emit(i, better(x[tail[before]], x[best]) ? tail[before] : best);
            }
        }
    };
    for_each_bar(0, blocks_of(n, x), control, work_on_block, n);
}

// Extremes without their places: no comparison that depends on an earlier comparison's branch.
template <typename Pick>
void rolling_extreme(std::span<const double> x, std::size_t n, Pick pick, std::span<double> out,
                     const Control& control) {
    if (n == 0 || x.size() < n) return;
    std::vector<double> tail(n, x[0]);
    const auto work_on_block = [&](std::size_t block) {
        const std::size_t start = block * n;
        if (start > 0) {
            double best = x[start - 1];
            for (std::size_t k = 1; k < n; ++k) tail[k] = best = pick(best, x[start - k]);
        }
        double best = x[start];
        const std::size_t count = std::min(n, x.size() - start);
        for (std::size_t offset = 0; offset < count; ++offset) {
            best = pick(best, x[start + offset]);
            const std::size_t before = n - 1 - offset;
            if (before == 0) {
                out[start + offset] = best;
            } else if (start > 0) {
                out[start + offset] = pick(best, tail[before]);
            }
        }
    };
    for_each_bar(0, blocks_of(n, x), control, work_on_block, n);
}

constexpr auto larger = [](double a, double b) { return a > b ? a : b; };
constexpr auto smaller = [](double a, double b) { return a < b ? a : b; };

// Wilder's average.
template <class V>
struct Smoothed {
    V alpha, value;
};

}  // namespace

void rolling_sum(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    for_each_window<Second::none, Anchor::zero>(x, n, control,
                                                [&](std::size_t i, const WindowSums& window) { out[i] = window.sum; });
}

void rolling_weighted_mean(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    const auto count = static_cast<double>(n);
    const double weights = count * (count + 1) / 2;
    for_each_window<Second::moment, Anchor::block>(x, n, control, [&](std::size_t i, const WindowSums& window) {
        // A value's weight is its distance from the block start, shifted so that the newest gets n.
        const double shift = count - static_cast<double>(window.offset);
        out[i] = window.anchor + (window.second + shift * window.sum) / weights;
    });
}

void rolling_regression_end(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    const auto count = static_cast<double>(n);
    const double centre = (count - 1) / 2;
    const double spread = count * (count * count - 1) / 12;  // sum of (t - centre)^2
    for_each_window<Second::moment, Anchor::block>(x, n, control, [&](std::size_t i, const WindowSums& window) {
        const double shift = centre - static_cast<double>(window.offset);
        const double slope = (window.second + shift * window.sum) / spread;
        out[i] = window.anchor + (window.sum / count + slope * centre);
    });
}

void rolling_max(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    rolling_extreme(x, n, larger, out, control);
}

void rolling_min(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    rolling_extreme(x, n, smaller, out, control);
}

void rolling_max_age(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    for_each_extreme(
        x, n, control, [](double a, double b) { return a > b; },
        [&](std::size_t i, std::size_t best) { out[i] = static_cast<double>(i - best); });
}

void rolling_min_age(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    for_each_extreme(
        x, n, control, [](double a, double b) { return a < b; },
        [&](std::size_t i, std::size_t best) { out[i] = static_cast<double>(i - best); });
}

double mean_of(std::span<const double> x) {
    double sum = 0;
    for (const double value : x) sum += value - x[0];
    return x[0] + sum / static_cast<double>(x.size());
}

void true_range(const BarsView& bars, std::span<double> out, const Control& control) {
    for_each_bar(1, bars.size(), control, [&](std::size_t i) { out[i] = true_range_at(bars, i); });
}

void average_true_ranges(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    const BarsView bars = input.bars;
    std::vector<Lane<Smoothed<double>>> running;
    for (const IndicatorCall& call : calls) {
        const auto n = static_cast<std::size_t>(call.args[0]);
        if (input.size <= n) continue;
        std::vector<double> ranges;
        for (std::size_t i = 1; i <= n; ++i) ranges.push_back(true_range_at(bars, i));
        double* const out = call.outputs[0].data();
        running.push_back({{1.0 / static_cast<double>(n), out[n] = mean_of(ranges)}, n + 1, {out}});
    }
    run_lanes(std::span(running), input.size, input.control, [bars](std::size_t i, auto& state) {
        state.value += state.alpha * (true_range_at(bars, i) - state.value);
        return std::array{state.value};
    });
}

void typical_price(const BarsView& bars, std::span<double> out, const Control& control) {
    for_each_bar(0, bars.size(), control,
                 [&](std::size_t i) { out[i] = (bars.high[i] + bars.low[i] + bars.close[i]) / 3; });
}

void stochastic(const BarsView& bars, std::size_t n, std::span<double> out, const Control& control) {
    Scratch highest(bars.size()), lowest(bars.size());
    rolling_max(bars.high, n, highest, control);
    rolling_min(bars.low, n, lowest, control);
    for_each_bar(n - 1, bars.size(), control, [&](std::size_t i) {
        const double range = highest[i] - lowest[i];
        out[i] = range != 0 ? 100 * ((bars.close[i] - lowest[i]) / range) : 0.0;
    });
}

std::size_t moving_average_warm_up(MovingAverage type, std::size_t n) {
    const std::size_t once = n - 1;
    if (type == MovingAverage::dema) return 2 * once;
    if (type == MovingAverage::tema) return 3 * once;
    return once;
}

void moving_average(MovingAverage type, std::span<const double> x, std::size_t n, std::span<double> out,
                    const Control& control) {
    if (n == 1) {
        for_each_bar(0, x.size(), control, [&](std::size_t i) { out[i] = x[i]; });
        return;
    }
    const double period = static_cast<double>(n);
    const IndicatorCall call{{&period, 1}, {&out, 1}};
    const IndicatorInput input{x, {}, x.size(), control};
    switch (type) {
        case MovingAverage::sma:
            return rolling_mean(x, n, out, control);
        case MovingAverage::ema:
            return exponential(input, {&call, 1});
        case MovingAverage::wma:
            return rolling_weighted_mean(x, n, out, control);
        case MovingAverage::dema:
            return double_exponential(input, {&call, 1});
        case MovingAverage::tema:
            return triple_exponential(input, {&call, 1});
    }
}

}  // namespace evolve
