#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/lineage/graph.hpp"

namespace evolve {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::invalid_option, message); }

// Rows that are no objects have nothing: find() of nlohmann's JSON answers end() for them.
std::string text_of(const json& row, const char* key) {
    const auto found = row.find(key);
    return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const json& row, const char* key) {
    const auto found = row.find(key);
    return found != row.end() && found->is_number() ? found->get<double>() : std::nan("");
}

std::size_t count_of(const json& row, const char* key) {
    const double value = number_of(row, key);
    return value >= 0 && value < 1e9 ? static_cast<std::size_t>(value) : 0;
}

const json& list_of(const json& document, const char* key) {
    const auto found = document.is_object() ? document.find(key) : document.end();
    if (found == document.end() || !found->is_array()) refuse(std::string("a lineage graph needs an array ") + key);
    return *found;
}

}  // namespace

LineageGraph read_lineage_graph(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    LineageGraph graph;
    std::map<std::string, std::size_t> index;
    for (const json& row : list_of(document, "nodes")) {
        LineageNode node{.id = text_of(row, "id"),
                         .name = text_of(row, "name"),
                         .status = text_of(row, "status"),
                         .owner = text_of(row, "owner"),
                         .generation = count_of(row, "generation"),
                         .score = number_of(row, "score"),
                         .focus = row.is_object() && row.contains("focus") && row.at("focus") == json(true)};
        if (node.id.empty() || !index.emplace(node.id, graph.nodes.size()).second)
            refuse("a node needs an id of its own");
        graph.nodes.push_back(std::move(node));
    }
    for (const json& row : list_of(document, "edges")) {
        const auto parent = index.find(text_of(row, "parent")), child = index.find(text_of(row, "child"));
        if (parent == index.end() || child == index.end()) refuse("an edge needs two nodes");
        graph.edges.push_back({.parent = parent->second,
                               .child = child->second,
                               .kind = text_of(row, "kind"),
                               .similarity = number_of(row, "similarity")});
    }
    graph.left_out = count_of(document, "left_out");
    return graph;
}

GraphFormat graph_format(std::string_view name) {
    if (name == "dot") return GraphFormat::dot;
    if (name == "mermaid") return GraphFormat::mermaid;
    if (name == "graphml") return GraphFormat::graphml;
    if (name == "prov-json") return GraphFormat::prov_json;
    if (name == "svg") return GraphFormat::svg;
    throw Error(ErrorCode::invalid_option, "unknown format of a lineage graph", {},
                "One of dot, mermaid, graphml, prov-json, svg.");
}

std::string render(const LineageGraph& graph, GraphFormat format) {
    switch (format) {
        case GraphFormat::dot:
            return to_dot(graph);
        case GraphFormat::mermaid:
            return to_mermaid(graph);
        case GraphFormat::graphml:
            return to_graphml(graph);
        case GraphFormat::prov_json:
            return to_prov_json(graph);
        case GraphFormat::svg:
            return to_svg(graph);
    }
    throw Error(ErrorCode::internal, "no such format");
}

}  // namespace evolve
