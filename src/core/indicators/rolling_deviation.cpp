#include <algorithm>
#include <cstring>
#include <vector>

#include "core/indicators/kernels.hpp"
#include "core/indicators/windows.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {
namespace {

using Pair [[gnu::vector_size(2 * sizeof(double))]] = double;

Pair load(const double* from) {
    Pair pair;
    std::memcpy(&pair, from, sizeof pair);
    return pair;
}
void store(double* to, Pair pair) { std::memcpy(to, &pair, sizeof pair); }

// to[c][r] = from[r][c]; rows of so many values each. Two by two.
void transpose(const double* from, std::size_t rows, std::size_t from_row, std::size_t columns, double* to,
               std::size_t to_row) {
    std::size_t r = 0;
    for (; r + 2 <= rows; r += 2, from += 2 * from_row) {
        std::size_t c = 0;
        for (; c + 2 <= columns; c += 2) {
            const Pair a = load(from + c), b = load(from + from_row + c);
            store(to + c * to_row + r, __builtin_shufflevector(a, b, 0, 2));
            store(to + (c + 1) * to_row + r, __builtin_shufflevector(a, b, 1, 3));
        }
        for (; c < columns; ++c) {
            to[c * to_row + r] = from[c];
            to[c * to_row + r + 1] = from[from_row + c];
        }
    }
    for (std::size_t c = 0; r < rows && c < columns; ++c) to[c * to_row + r] = from[c];
}

// Means and deviations of the windows that end in window_blocks blocks of n from `first` on, whose sums are made side
// by side in vectors: for that, values lie by their place in the block.
class BlocksSideBySide {
public:
    explicit BlocksSideBySide(std::size_t n)
        : n_(n), rows_(n * (window_blocks + 1)), means_(n * window_blocks), deviations_(n * window_blocks) {}
    void make(const double* first, double* means, double* deviations) {
        transpose(first - n_, window_blocks + 1, n_, n_, rows_.data(), window_blocks + 1);
        kernels().window_deviations(rows_.data(), n_, means_.data(), deviations_.data());
        transpose(means_.data(), n_, window_blocks, window_blocks, means, n_);
        transpose(deviations_.data(), n_, window_blocks, window_blocks, deviations, n_);
    }

private:
    std::size_t n_;
    std::vector<double> rows_, means_, deviations_;
};

// The same of one block, which may be shorter, or the first of all: of its bars [begin, end).
class OneBlock {
public:
    explicit OneBlock(std::size_t n) : n_(n), tail_sums_(n, 0.0), tail_squares_(n, 0.0) {}
    void make(std::span<const double> x, std::size_t first, std::size_t begin, std::size_t end, double* means,
              double* deviations) {
        const auto emit = [&](std::size_t i, const WindowSums& window) {
            means[i - first] = window.sum;
            deviations[i - first] = window.second;
        };
        work_on_blocks<Second::square, Anchor::block, 1>(x, n_, first, tail_sums_.data(), tail_squares_.data(), emit);
        const auto count = static_cast<double>(n_);
        const std::size_t size = end - begin;
        kernels().arithmetic(Arithmetic::divide, means + begin, 1, &count, 0, size, means + begin);
        kernels().deviations(means + begin, deviations + begin, count, size, deviations + begin);
        for (std::size_t i = begin; i < end; ++i) means[i] += x[first];
    }

private:
    std::size_t n_;
    std::vector<double> tail_sums_, tail_squares_;
};

// Block by block, as windows.hpp describes: take(first, means, deviations) of the bars from `first` on.
template <class Take>
void means_and_deviations(std::span<const double> x, std::size_t n, const Control& control, const Take& take) {
    if (n == 0 || x.size() < n) return;
    const std::size_t group = window_blocks * n;
    const bool groups = x.size() >= n + group;
    OneBlock one(n);
    BlocksSideBySide several(groups ? n : 0);
    std::vector<double> means(groups ? group : n), deviations(means.size());
    for (std::size_t start = 0, polled = 0, end = 0; start < x.size(); start = end) {
        if (start >= polled) {
            control.check();
            polled = start + bars_per_poll;
        }
        const bool whole_group = start > 0 && x.size() - start >= group;
        const std::size_t skipped = start == 0 ? n - 1 : 0;  // the first block has no window but its last
        const std::size_t size = whole_group ? group : std::min(n, x.size() - start);
        end = start + size;
        if (whole_group)
            several.make(x.data() + start, means.data(), deviations.data());
        else
            one.make(x, start, skipped, size, means.data(), deviations.data());
        take(start + skipped, std::span<const double>(means).subspan(skipped, size - skipped),
             std::span<const double>(deviations).subspan(skipped, size - skipped));
    }
}

}  // namespace

void rolling_deviation(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    means_and_deviations(x, n, control,
                         [&](std::size_t first, std::span<const double>, std::span<const double> deviation) {
                             std::copy(deviation.begin(), deviation.end(), &out[first]);
                         });
}

void rolling_mean_and_deviation(std::span<const double> x, std::size_t n, const Control& control,
                                const TakeBands& take) {
    means_and_deviations(x, n, control, take);
}

}  // namespace evolve
