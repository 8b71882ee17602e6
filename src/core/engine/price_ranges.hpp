// Lowest and highest prices of aligned runs of bars, so that the first touch of a level is found by skipping runs that
// cannot hold it.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/series/bars.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {

class PriceRanges {
public:
    // Of a series, made by control.threads threads; `bars` must outlive it. Throws Error(interrupted).
    PriceRanges(const BarsView& bars, const Control& control);
    PriceRanges(const PriceRanges&) = delete;
    PriceRanges& operator=(const PriceRanges&) = delete;

    // The first bar of [first, last] whose low is at or below `below` or whose high is at or above `above`; last + 1
    // when there is none. NaN: no such level.
    std::size_t first_outside(std::size_t first, std::size_t last, double below, double above) const {
        RangeQuery query{first, last, below, above, 0};
        search_(tree_, &query, 1);
        return query.found;
    }
    // The same for many questions, whose answers do not wait for each other.
    void find(std::span<RangeQuery> queries) const { search_(tree_, queries.data(), queries.size()); }

    static std::size_t bytes(std::size_t bars) { return (bars / run * 8 / 7 + 64) * 2 * sizeof(double); }

private:
    static constexpr std::size_t run = RangeTree::fan;  // bars, and runs of the level below, in one

    // Entry i of a level; the level below has so many.
    void make_entry(const BarsView& bars, std::size_t level, std::size_t i, std::size_t below);

    std::array<std::vector<double>, RangeTree::level_count> levels_;  // as RangeTree wants them
    RangeTree tree_;
    decltype(Kernels::first_outside) search_;
};

}  // namespace evolve
