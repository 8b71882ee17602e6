// Texts of nodes and edges, and how they are escaped.
#pragma once

#include <string>
#include <string_view>

#include "core/lineage/graph.hpp"

namespace evolve {

std::string title(const LineageNode& node);     // its name, or "a strategy of somebody else"
std::string subtitle(const LineageNode& node);  // "candidate, score 0.73, generation 2"
std::string label(const LineageEdge& edge);     // "crossover, 87 % alike"
std::string left_out_note(const LineageGraph& graph);

// For XML text and attributes. Control characters, which XML 1.0 cannot hold, become blanks.
std::string xml(std::string_view text);
// At most `characters` (12 or more) characters of UTF-8: what is longer loses its middle to "...".
std::string shortened(std::string_view text, std::size_t characters);

}  // namespace evolve
