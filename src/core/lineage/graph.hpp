// A strategy's relatives as a graph, and the forms in which it leaves the database.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evolve {

struct LineageNode {
    std::string id;             // uuid
    std::string name;           // empty: not the reader's to know
    std::string status, owner;  // owner: uuid; may be empty
    std::size_t generation = 0;
    double score;        // NaN when there is none
    bool focus = false;  // the strategy that was asked about
};

struct LineageEdge {
    std::size_t parent = 0, child = 0;  // indices of nodes
    std::string kind;                   // how the child was made
    double similarity;                  // 0..1, NaN when unknown
};

struct LineageGraph {
    std::vector<LineageNode> nodes;
    std::vector<LineageEdge> edges;
    std::size_t left_out = 0;  // relatives that the caller did not ask for
};

// Reads {"nodes": [{"id", "name", "status", "owner", "generation", "score", "focus"}], "edges": [{"parent", "child",
// "kind", "similarity"}], "left_out"}: parent and child are ids. Throws Error for what is missing or not in the nodes.
LineageGraph read_lineage_graph(std::string_view json);

enum class GraphFormat { dot, mermaid, graphml, prov_json, svg };
// dot, mermaid, graphml, prov-json, svg. Throws Error (invalid_option) with the list.
GraphFormat graph_format(std::string_view name);

// Nodes and edges come in the order of the graph: the same graph gives the same text. Texts are escaped for the form;
// no name can break out of its label.
std::string render(const LineageGraph& graph, GraphFormat format);

std::string to_dot(const LineageGraph& graph);        // Graphviz, https://graphviz.org/doc/info/lang.html
std::string to_mermaid(const LineageGraph& graph);    // flowchart, https://mermaid.js.org/syntax/flowchart.html
std::string to_graphml(const LineageGraph& graph);    // http://graphml.graphdrawing.org
std::string to_prov_json(const LineageGraph& graph);  // W3C PROV-JSON, https://www.w3.org/submissions/prov-json/
std::string to_svg(const LineageGraph& graph);        // drawn by layout.hpp

}  // namespace evolve
