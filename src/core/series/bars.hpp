// Bars as columns. Every value is finite and every bar passed the door's checks (bars_check.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/large_pages.hpp"

namespace evolve {

// Microseconds since 1970-01-01 00:00 UTC; a bar's ts is its start.
using Timestamp = std::int64_t;

inline constexpr Timestamp microseconds_per_second = 1'000'000;
inline constexpr Timestamp microseconds_per_day = 86'400 * microseconds_per_second;

// A view on columns of equal length that somebody else owns; ts strictly ascending.
struct BarsView {
    std::span<const Timestamp> ts;
    std::span<const double> open, high, low, close, volume;

    std::size_t size() const { return ts.size(); }
    bool empty() const { return ts.empty(); }
    // Bars [first, first + count).
    BarsView slice(std::size_t first, std::size_t count) const {
        return {ts.subspan(first, count),  open.subspan(first, count),  high.subspan(first, count),
                low.subspan(first, count), close.subspan(first, count), volume.subspan(first, count)};
    }
};

struct Bar {
    Timestamp ts;
    double open, high, low, close, volume;
};

struct Bars {
    LongVector<Timestamp> ts;
    LongVector<double> open, high, low, close, volume;

    std::size_t size() const { return ts.size(); }
    bool empty() const { return ts.empty(); }
    BarsView view() const { return {ts, open, high, low, close, volume}; }
    void reserve(std::size_t count) {
        ts.reserve(count);
        open.reserve(count);
        high.reserve(count);
        low.reserve(count);
        close.reserve(count);
        volume.reserve(count);
    }
    // Empties it and keeps its memory.
    void clear() {
        ts.clear();
        open.clear();
        high.clear();
        low.clear();
        close.clear();
        volume.clear();
    }
    void push_back(const Bar& bar) {
        ts.push_back(bar.ts);
        open.push_back(bar.open);
        high.push_back(bar.high);
        low.push_back(bar.low);
        close.push_back(bar.close);
        volume.push_back(bar.volume);
    }
};

}  // namespace evolve
