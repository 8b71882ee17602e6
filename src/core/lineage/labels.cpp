#include "core/lineage/labels.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

namespace evolve {
namespace {

std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }

}  // namespace

std::string title(const LineageNode& node) { return node.name.empty() ? "a strategy of somebody else" : node.name; }

std::string subtitle(const LineageNode& node) {
    std::string text = node.status;
    if (std::isfinite(node.score)) text += (text.empty() ? "score " : ", score ") + fixed(node.score, 2);
    return text + (text.empty() ? "generation " : ", generation ") + std::to_string(node.generation);
}

std::string label(const LineageEdge& edge) {
    std::string text = edge.kind;
    for (char& c : text) c = c == '_' ? ' ' : c;
    if (std::isfinite(edge.similarity)) text += ", " + fixed(100 * edge.similarity, 0) + " % alike";
    return text;
}

std::string left_out_note(const LineageGraph& graph) {
    return std::to_string(graph.left_out) + (graph.left_out == 1 ? " more relative is" : " more relatives are") +
           " not shown";
}

std::string xml(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
        }
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t characters) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (begins_character(text[i])) starts.push_back(i);
    if (starts.size() <= characters) return std::string(text);
    // The ends of names tell siblings apart.
    constexpr std::size_t tail = 8, dots = 3;
    const std::size_t head = characters - tail - dots;
    return std::string(text.substr(0, starts[head])) + "..." + std::string(text.substr(starts[starts.size() - tail]));
}

}  // namespace evolve
