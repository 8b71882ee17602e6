// Comparisons of values that can be made a part at a time: of each part everything is made and compared while it is in
// the cache, and no column is ever whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/program.hpp"
#include "core/series/bars.hpp"

namespace evolve {

// By step: 1 for comparisons whose operands are bars' own values, plain numbers and what indicators make of bars in
// parts.
std::vector<std::uint8_t> find_streamable(const Program& program, const BarsView& bars);

// Makes these comparisons, all of which are streamable, and writes them to `bitmaps`, by step. With several threads
// each takes a span of the bars. Throws Error(interrupted).
void stream_comparisons(const Program& program, std::span<const StepId> comparisons, const BarsView& bars,
                        std::span<const std::span<std::uint64_t>> bitmaps, const Control& control);

}  // namespace evolve
