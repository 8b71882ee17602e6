#include "core/lineage/relatives.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace evolve {
namespace {

struct Hash {
    // Ids are random, or made by a hash themselves.
    std::size_t operator()(const StrategyId& id) const noexcept {
        std::uint64_t halves[2];
        std::memcpy(halves, id.data(), sizeof halves);
        return static_cast<std::size_t>(halves[0] * 0x9E3779B97F4A7C15u ^ halves[1]);
    }
};

}  // namespace

std::optional<std::vector<Relative>> near_relatives(const StrategyId& start, std::int32_t max_distance,
                                                    const Neighbours& neighbours, const GoOn& go_on,
                                                    const Control& control) {
    std::unordered_set<StrategyId, Hash> seen{start};
    std::vector<Relative> found;
    std::vector<StrategyId> frontier{start};
    for (std::int32_t distance = 1; !frontier.empty() && (max_distance < 0 || distance <= max_distance); ++distance) {
        control.check();
        if (!go_on(found.size())) return std::nullopt;
        std::vector<StrategyId> next;
        for (const StrategyId& id : neighbours(frontier))
            if (seen.insert(id).second) next.push_back(id);
        std::sort(next.begin(), next.end());
        for (const StrategyId& id : next) found.push_back({.id = id, .distance = distance});
        frontier = std::move(next);
    }
    return found;
}

std::vector<Relative> relatives(const StrategyId& start, std::int32_t max_distance, const Neighbours& neighbours,
                                const Control& control) {
    return *near_relatives(
        start, max_distance, neighbours, [](std::size_t) { return true; }, control);
}

}  // namespace evolve
