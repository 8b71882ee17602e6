// Many rules on the same bars, gone side by side.
#pragma once

#include <span>
#include <vector>

#include "core/engine/simulate.hpp"

namespace evolve {

class SideBySide {
public:
    // Of one series with the same options; all must outlive it.
    explicit SideBySide(std::span<Simulation* const> simulations);
    ~SideBySide();
    SideBySide(const SideBySide&) = delete;
    SideBySide& operator=(const SideBySide&) = delete;

    // Makes all trades whose first signal comes before bar `until`. Throws Error(interrupted).
    void advance(std::size_t until);

private:
    class Bundle;
    template <bool is_long>
    static void advance(std::span<Bundle> bundles, std::size_t until);

    std::vector<Simulation*> others_;  // those that are not plain
    std::vector<Bundle> longs_, shorts_;
};

}  // namespace evolve
