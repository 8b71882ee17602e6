#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "core/indicators/indicator.hpp"
#include "core/indicators/kernels.hpp"
#include "core/indicators/windows.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {
namespace {

constexpr std::size_t lanes = 4;           // blocks side by side
constexpr std::size_t longest_part = 512;  // a longer average is made as a whole

// Makes the means block by block, as windows.hpp describes.
class Means {
public:
    Means(std::span<const double> x, std::size_t n)
        : x_(x), n_(n), one_(n, 0.0), group_(n * lanes, 0.0), count_(static_cast<double>(n)) {}

    // Of the block that begins at `start`, and of those beside it where there are enough and `wanted` bars reach beyond
    // the first. out[0] belongs to bar `start`. Returns how many bars were done.
    std::size_t make(std::size_t start, std::size_t wanted, double* out) {
        if (start > 0 && wanted > n_ && x_.size() - start >= lanes * n_) {
            const auto emit = [&](std::size_t i, const WindowSums& window) { out[i - start] = window.sum; };
            work_on_blocks<Second::none, Anchor::block, lanes>(x_, n_, start, group_.data(), nullptr, emit);
            for (std::size_t lane = 0; lane < lanes; ++lane) finish(x_[start + lane * n_], n_, out + lane * n_);
            return lanes * n_;
        }
        const std::size_t length = std::min(n_, x_.size() - start);
        // The first block has no window but its last.
        const std::size_t empty = start == 0 ? std::min(n_ - 1, length) : 0;
        const auto emit = [&](std::size_t i, const WindowSums& window) { out[i - start] = window.sum; };
        work_on_blocks<Second::none, Anchor::block, 1>(x_, n_, start, one_.data(), nullptr, emit);
        finish(x_[start], length - empty, out + empty);
        return length;
    }

private:
    // Means of sums of distances from the anchor.
    void finish(double anchor, std::size_t length, double* values) const {
        constexpr std::size_t few = 16;
        if (length < few) {
            for (std::size_t i = 0; i < length; ++i) values[i] = anchor + values[i] / count_;
            return;
        }
        kernels().arithmetic(Arithmetic::divide, values, 1, &count_, 0, length, values);
        kernels().arithmetic(Arithmetic::add, values, 1, &anchor, 0, length, values);
    }

    std::span<const double> x_;
    std::size_t n_;
    std::vector<double> one_, group_;  // tails of one block, and of several side by side
    double count_;
};

class MeanParts final : public Parts {
public:
    MeanParts(std::span<const double> x, std::size_t n, std::size_t from)
        : means_(x, n), n_(n), begin_(from / n * n), next_(begin_) {}
    std::size_t begin() const override { return begin_; }
    std::size_t advance(std::size_t until, double* out) override {
        const std::size_t first = next_;
        while (next_ < until) next_ += means_.make(next_, until - next_, out + (next_ - first));
        if (first == 0) std::fill(out, out + std::min(n_ - 1, next_), std::numeric_limits<double>::quiet_NaN());
        return next_;
    }
    std::size_t overshoot() const override { return lanes * n_; }

private:
    Means means_;
    std::size_t n_, begin_, next_;
};

}  // namespace

void rolling_mean(std::span<const double> x, std::size_t n, std::span<double> out, const Control& control) {
    if (n == 0 || x.size() < n) return;
    Means means(x, n);
    for (std::size_t start = 0, polled = 0; start < x.size();) {
        if (start >= polled) {
            control.check();
            polled = start + bars_per_poll;
        }
        start += means.make(start, x.size() - start, out.data() + start);
    }
}

std::unique_ptr<Parts> rolling_mean_in_parts(std::span<const double> x, std::size_t n, std::size_t from) {
    if (n == 0 || n > longest_part) return nullptr;
    return std::make_unique<MeanParts>(x, n, from);
}

}  // namespace evolve
