// Values of steps that somebody else has made and keeps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/engine/program.hpp"

namespace evolve {

// By step; empty: not here.
struct Store {
    std::vector<std::span<const double>> columns = {};
    std::vector<std::span<const std::uint64_t>> bitmaps = {};

    Store() = default;
    explicit Store(std::size_t steps) : columns(steps), bitmaps(steps) {}
    bool holds(StepId step) const { return !columns.empty() && (!columns[step].empty() || !bitmaps[step].empty()); }
};

}  // namespace evolve
