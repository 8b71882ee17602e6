#include <algorithm>
#include <vector>

#include "core/indicators/kernels.hpp"
#include "core/indicators/windows.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {

// Sums block by block, as windows.hpp describes, then roots of many at once.
void rolling_deviation(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    if (n == 0 || x.size() < n) return;
    constexpr std::size_t lanes = 4;  // blocks side by side
    const std::size_t group = lanes * n;
    std::vector<double> one_sum(n, 0.0), one_square(n, 0.0), sum(group, 0.0), square(group, 0.0), squares(group);
    for (std::size_t start = 0, polled = 0; start < x.size();) {
        if (start >= polled) {
            control.check();
            polled = start + bars_per_poll;
        }
        const auto emit = [&](std::size_t i, const WindowSums& window) {
            out[i] = window.sum;
            squares[i - start] = window.second;
        };
        const bool whole_group = start > 0 && x.size() - start >= group;
        if (whole_group)
            work_on_blocks<Second::square, Anchor::block, lanes>(x, n, start, sum.data(), square.data(), emit);
        else
            work_on_blocks<Second::square, Anchor::block, 1>(x, n, start, one_sum.data(), one_square.data(), emit);
        const std::size_t length = whole_group ? group : std::min(n, x.size() - start);
        const std::size_t empty = start == 0 ? n - 1 : 0;  // the first block has no window but its last
        double* values = out.data() + start + empty;
        kernels().deviations(values, squares.data() + empty, static_cast<double>(n), length - empty, values);
        start += length;
    }
}

}  // namespace evolve
