// Where the boxes of a lineage are drawn: a layer a generation, few crossings, no line through a box.
#pragma once

#include <cstddef>
#include <vector>

#include "core/lineage/graph.hpp"

namespace evolve {

struct Place {
    std::size_t layer = 0;  // from the top; every parent is above its children
    double x = 0;           // centre, in widths of a box; the leftmost is at 0.5
};

struct Layout {
    std::vector<Place> places;               // one a node
    std::vector<std::vector<Place>> routes;  // one an edge: where it passes the layers between its two boxes, downwards
    std::size_t layers = 0;
    double width = 0;  // in widths of a box
    std::size_t crossings = 0;
};

// Layers are longest paths from the roots. An edge over several layers has a place of its own in each, as a box has.
// Within a layer places are ordered by the mean of their neighbours (Sugiyama, Tagawa, Toda 1981), down and up in turn;
// the order with the fewest crossings is kept.
Layout lay_out(const LineageGraph& graph);

}  // namespace evolve
