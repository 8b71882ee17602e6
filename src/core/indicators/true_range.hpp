#pragma once

#include <cstddef>

#include "core/series/bars.hpp"

namespace evolve {

// max(high, previous close) - min(low, previous close).
inline double true_range_at(const BarsView& bars, std::size_t i) {
    const double before = bars.close[i - 1];
    return (bars.high[i] > before ? bars.high[i] : before) - (bars.low[i] < before ? bars.low[i] : before);
}

}  // namespace evolve
