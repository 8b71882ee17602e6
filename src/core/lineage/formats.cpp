// The forms that other programs draw: DOT, Mermaid, GraphML, PROV-JSON.
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/number.hpp"
#include "core/lineage/labels.hpp"

namespace evolve {
namespace {

// A quoted string of DOT: only quote and backslash mean something in it.
std::string dot_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
    return out + "\"";
}

// Everything but letters, digits and a few harmless signs as an entity: Mermaid reads HTML and Markdown in labels.
std::string mermaid_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           c == ' ' || c == ',' || c == '.';
        if (plain)
            out += c;
        else if (byte < 0x20 || byte == 0x7f)
            out += ' ';
        else
            out += "#" + std::to_string(byte) + ";";
    }
    return out;
}

void graphml_data(std::string& out, const char* key, const std::string& value) {
    if (!value.empty()) out += std::string("      <data key=\"") + key + "\">" + xml(value) + "</data>\n";
}

std::string number_or_nothing(double value) { return std::isfinite(value) ? format_number(value) : std::string(); }

}  // namespace

std::string to_dot(const LineageGraph& graph) {
    std::string out =
        "digraph lineage {\n  rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"Helvetica\"];\n"
        "  edge [fontname=\"Helvetica\", fontsize=10];\n";
    for (const LineageNode& node : graph.nodes) {
        // The newline between the two lines is DOT's own escape, so it is put in after the texts are escaped.
        std::string text = dot_text(title(node));
        text.pop_back();
        text += "\\n" + dot_text(subtitle(node)).substr(1);
        out += "  " + dot_text(node.id) + " [label=" + text + (node.focus ? ", penwidth=3" : "") + "];\n";
    }
    for (const LineageEdge& edge : graph.edges) {
        out += "  " + dot_text(graph.nodes[edge.parent].id) + " -> " + dot_text(graph.nodes[edge.child].id) +
               " [label=" + dot_text(label(edge)) + "];\n";
    }
    if (graph.left_out > 0) out += "  label=" + dot_text(left_out_note(graph)) + ";\n";
    return out + "}\n";
}

std::string to_mermaid(const LineageGraph& graph) {
    std::string out = "flowchart TD\n";
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        out += "    n" + std::to_string(i) + "[\"" + mermaid_text(title(graph.nodes[i])) + "<br/>" +
               mermaid_text(subtitle(graph.nodes[i])) + "\"]\n";
    }
    for (const LineageEdge& edge : graph.edges) {
        out += "    n" + std::to_string(edge.parent) + " -->|\"" + mermaid_text(label(edge)) + "\"| n" +
               std::to_string(edge.child) + "\n";
    }
    if (graph.left_out > 0) out += "    more[\"" + mermaid_text(left_out_note(graph)) + "\"]\n";
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        if (graph.nodes[i].focus) out += "    style n" + std::to_string(i) + " stroke-width:3px\n";
    return out;
}

std::string to_graphml(const LineageGraph& graph) {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
        "  <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n"
        "  <key id=\"status\" for=\"node\" attr.name=\"status\" attr.type=\"string\"/>\n"
        "  <key id=\"owner\" for=\"node\" attr.name=\"owner\" attr.type=\"string\"/>\n"
        "  <key id=\"score\" for=\"node\" attr.name=\"score\" attr.type=\"double\"/>\n"
        "  <key id=\"generation\" for=\"node\" attr.name=\"generation\" attr.type=\"int\"/>\n"
        "  <key id=\"kind\" for=\"edge\" attr.name=\"kind\" attr.type=\"string\"/>\n"
        "  <key id=\"similarity\" for=\"edge\" attr.name=\"similarity\" attr.type=\"double\"/>\n";
    if (graph.left_out > 0) out += "  <desc>" + left_out_note(graph) + "</desc>\n";
    out += "  <graph id=\"lineage\" edgedefault=\"directed\">\n";
    for (const LineageNode& node : graph.nodes) {
        out += "    <node id=\"" + xml(node.id) + "\">\n";
        graphml_data(out, "name", title(node));
        graphml_data(out, "status", node.status);
        graphml_data(out, "owner", node.owner);
        graphml_data(out, "score", number_or_nothing(node.score));
        graphml_data(out, "generation", std::to_string(node.generation));
        out += "    </node>\n";
    }
    for (const LineageEdge& edge : graph.edges) {
        out += "    <edge source=\"" + xml(graph.nodes[edge.parent].id) + "\" target=\"" +
               xml(graph.nodes[edge.child].id) + "\">\n";
        graphml_data(out, "kind", edge.kind);
        graphml_data(out, "similarity", number_or_nothing(edge.similarity));
        out += "    </edge>\n";
    }
    return out + "  </graph>\n</graphml>\n";
}

std::string to_prov_json(const LineageGraph& graph) {
    using nlohmann::ordered_json;
    ordered_json document{{"prefix", {{"evolve", "urn:pg_evolve:"}, {"uuid", "urn:uuid:"}}},
                          {"entity", ordered_json::object()}};
    std::set<std::string> owners;
    for (const LineageNode& node : graph.nodes) {
        ordered_json entity{{"prov:type", "evolve:strategy"}, {"prov:label", title(node)}};
        if (!node.status.empty()) entity["evolve:status"] = node.status;
        entity["evolve:generation"] = node.generation;
        if (std::isfinite(node.score)) entity["evolve:score"] = node.score;
        document["entity"]["uuid:" + node.id] = std::move(entity);
        if (!node.owner.empty()) owners.insert(node.owner);
    }
    for (const std::string& owner : owners)
        document["agent"]["uuid:" + owner] = ordered_json{{"prov:type", "prov:Person"}};
    std::size_t number = 0;
    for (const LineageEdge& edge : graph.edges) {
        ordered_json derivation{{"prov:generatedEntity", "uuid:" + graph.nodes[edge.child].id},
                                {"prov:usedEntity", "uuid:" + graph.nodes[edge.parent].id},
                                {"prov:type", "evolve:" + edge.kind}};
        if (std::isfinite(edge.similarity)) derivation["evolve:similarity"] = edge.similarity;
        document["wasDerivedFrom"]["_:d" + std::to_string(++number)] = std::move(derivation);
    }
    number = 0;
    for (const LineageNode& node : graph.nodes) {
        if (node.owner.empty()) continue;
        document["wasAttributedTo"]["_:a" + std::to_string(++number)] =
            ordered_json{{"prov:entity", "uuid:" + node.id}, {"prov:agent", "uuid:" + node.owner}};
    }
    if (graph.left_out > 0) document["entity"]["evolve:more"] = ordered_json{{"prov:label", left_out_note(graph)}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace evolve
