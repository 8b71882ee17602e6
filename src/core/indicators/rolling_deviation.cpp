#include <algorithm>
#include <vector>

#include "core/indicators/kernels.hpp"
#include "core/indicators/windows.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {
namespace {

// Sums block by block, as windows.hpp describes, then roots and quotients of many at once: take(first, means,
// deviations) of the bars from `first` on. Means are those of distances from their block's first value unless they are
// wanted.
template <class Take>
void means_and_deviations(std::span<const double> x, std::size_t n, bool means_wanted, const Control& control,
                          const Take& take) {
    if (n == 0 || x.size() < n) return;
    constexpr std::size_t lanes = 4;  // blocks side by side
    const std::size_t group = lanes * n;
    const auto count = static_cast<double>(n);
    std::vector<double> one_sum(n, 0.0), one_square(n, 0.0), sum(group, 0.0), square(group, 0.0);
    std::vector<double> means(group), squares(group);
    for (std::size_t start = 0, polled = 0; start < x.size();) {
        if (start >= polled) {
            control.check();
            polled = start + bars_per_poll;
        }
        const auto emit = [&](std::size_t i, const WindowSums& window) {
            means[i - start] = window.sum;
            squares[i - start] = window.second;
        };
        const bool whole_group = start > 0 && x.size() - start >= group;
        if (whole_group)
            work_on_blocks<Second::square, Anchor::block, lanes>(x, n, start, sum.data(), square.data(), emit);
        else
            work_on_blocks<Second::square, Anchor::block, 1>(x, n, start, one_sum.data(), one_square.data(), emit);
        const std::size_t end = start + (whole_group ? group : std::min(n, x.size() - start));
        const std::size_t skipped = start == 0 ? n - 1 : 0;  // the first block has no window but its last
        const std::size_t size = end - start - skipped;
        double *mean = means.data() + skipped, *deviation = squares.data() + skipped;
        kernels().arithmetic(Arithmetic::divide, mean, 1, &count, 0, size, mean);
        kernels().deviations(mean, deviation, count, size, deviation);
        for (std::size_t begin = start; begin < end && means_wanted; begin += n) {
            const std::size_t last = std::min(begin + n, end) - start;
            for (std::size_t i = std::max(begin - start, skipped); i < last; ++i) means[i] += x[begin];
        }
        take(start + skipped, std::span<const double>(mean, size), std::span<const double>(deviation, size));
        start = end;
    }
}

}  // namespace

void rolling_deviation(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    means_and_deviations(x, n, false, control,
                         [&](std::size_t first, std::span<const double>, std::span<const double> deviation) {
                             std::copy(deviation.begin(), deviation.end(), &out[first]);
                         });
}

void rolling_mean_and_deviation(std::span<const double> x, std::size_t n, const Control& control,
                                const TakeBands& take) {
    means_and_deviations(x, n, true, control, take);
}

}  // namespace evolve
