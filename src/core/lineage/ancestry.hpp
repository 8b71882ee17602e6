// A whole family in memory: all ancestors or descendants in milliseconds, where asking level by level takes a second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/lineage/relatives.hpp"

namespace evolve {

enum class Kin : std::uint8_t { ancestors, descendants };

// Who is met in a search, as numbers of an Ancestry: level by level, in no order within a level. The start is left out.
struct Met {
    std::vector<std::uint32_t> nodes;
    std::vector<std::size_t> level_ends;  // of level d + 1: how many are met up to it
};

// Edges are added, then searches are made. Strategies get dense numbers; parents and children lie in compressed sparse
// rows, built when first needed, so that a search hashes nothing and looks at every edge once.
class Ancestry {
public:
    // Every call throws ErrorCode::interrupted when `control` asks to stop.
    explicit Ancestry(const Control& control = {}) : control_(control) {}
    // A child and its parent; the same edge twice does no harm. Throws Error (limit_exceeded) beyond 2^31 strategies
    // or edges.
    void add_edge(const StrategyId& parent, const StrategyId& child);

    std::size_t strategies() const { return ids_.size(); }
    std::size_t edges() const { return edges_.size(); }
    // Bytes that are held between calls.
    std::size_t memory() const;
    // At most so many bytes are needed, searches included, for a family in which each edge brings a strategy of its
    // own.
    static std::size_t memory_for(std::size_t edges);

    std::optional<std::uint32_t> find(const StrategyId& id) const;
    const StrategyId& id(std::uint32_t node) const { return ids_[node]; }

    // Builds the rows of a direction: once, after the last edge.
    void prepare(Kin direction);
    // Breadth first; max_distance < 0: no limit. Only after prepare().
    Met search(std::uint32_t start, Kin direction, std::int32_t max_distance) const;
    // The same by distance, then id, as relatives() gives it; prepares what it needs. Empty for a start without edges.
    std::vector<Relative> relatives(const StrategyId& start, Kin direction, std::int32_t max_distance);

private:
    struct Edge {
        std::uint32_t parent, child;
    };
    // Of node n: targets[starts[n]] up to targets[starts[n + 1]].
    struct Rows {
        std::vector<std::uint32_t> starts, targets;
    };

    std::uint32_t number(const StrategyId& id);
    std::size_t slot_of(const StrategyId& id) const;
    void grow_slots();
    const Rows& rows(Kin direction) const { return direction == Kin::ancestors ? parents_ : children_; }

    Control control_;
    std::vector<StrategyId> ids_;
    std::vector<std::uint32_t> slots_;  // open addressing: number + 1, 0 is free
    std::vector<Edge> edges_;
    Rows parents_, children_;
};

}  // namespace evolve
