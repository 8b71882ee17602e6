// Loops over bars that the caller can stop, and memory for what they work out on the way. Series are long enough
// (millions of bars) that a single pass takes longer than a caller who wants to stop should wait.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "core/base/control.hpp"

namespace evolve {

// Calls work(i) for i = first .. last - 1 in order. Before every bars_per_poll units of work it asks whether to stop:
// throws ErrorCode::interrupted. cost: units of work of one call, of which 1 is what a bar takes in a simple loop.
// The test is outside the inner loop, which compiles to what it would be without: inlined by force, because what `work`
// refers to must stay in registers.
template <typename Work>
[[gnu::always_inline]] inline void for_each_bar(std::size_t first, std::size_t last, const Control& control, Work work,
                                                std::size_t cost = 1) {
    const std::size_t calls_per_poll = std::max<std::size_t>(1, bars_per_poll / std::max<std::size_t>(1, cost));
    while (first < last) {
        control.check();
        const std::size_t end = first + std::min(calls_per_poll, last - first);
        for (; first < end; ++first) work(first);
    }
}

// Working memory as long as the series. Not zeroed: the system hands out the pages while a loop writes them, which can
// be stopped, and not all at once before it. What has not been written must not be read.
class Scratch {
public:
    explicit Scratch(std::size_t size) : values_(std::make_unique_for_overwrite<double[]>(size)), size_(size) {}

    double& operator[](std::size_t i) { return values_[i]; }
    double operator[](std::size_t i) const { return values_[i]; }
    std::size_t size() const { return size_; }
    // The values from index `begin` on.
    std::span<const double> from(std::size_t begin) const { return std::span<const double>(*this).subspan(begin); }

    operator std::span<double>() { return {values_.get(), size_}; }
    operator std::span<const double>() const { return {values_.get(), size_}; }

private:
    std::unique_ptr<double[]> values_;
    std::size_t size_;
};

}  // namespace evolve
