// Ancestors or descendants of a strategy, by distance.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/base/uuid.hpp"

namespace evolve {

using StrategyId = Uuid;

struct Relative {
    StrategyId id;
    std::int32_t distance;  // of the shortest line
};

// The parents (or children) of some strategies, in any order, with or without repetition.
using Neighbours = std::function<std::vector<StrategyId>(std::span<const StrategyId>)>;

// Says after a level whether asking goes on, given how many are met by then.
using GoOn = std::function<bool(std::size_t)>;

// Breadth first, one call of `neighbours` a generation: every strategy is asked for once, however many lines lead to
// it. By distance, then id; `start` itself is left out. max_distance < 0: no limit. Throws ErrorCode::interrupted.
std::vector<Relative> relatives(const StrategyId& start, std::int32_t max_distance, const Neighbours& neighbours,
                                const Control& control);
// The same; nothing when `go_on` ended it.
std::optional<std::vector<Relative>> near_relatives(const StrategyId& start, std::int32_t max_distance,
                                                    const Neighbours& neighbours, const GoOn& go_on,
                                                    const Control& control);

}  // namespace evolve
