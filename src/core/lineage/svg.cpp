#include <cmath>
#include <utility>
#include <vector>

#include "core/base/number.hpp"
#include "core/lineage/labels.hpp"
#include "core/lineage/layout.hpp"

namespace evolve {
namespace {

// In pixels.
constexpr double box_width = 216, box_height = 48, gap_x = 24, gap_y = 64, margin = 20, note_height = 24;
constexpr double letter_width = 5;  // of the small print
constexpr std::size_t title_characters = 27, edge_characters = 34;

std::string px(double value) { return format_number(std::round(value * 10) / 10); }

const char* colour(const std::string& status) {
    static constexpr std::pair<std::string_view, const char*> colours[] = {
        {"proposable", "#c8e6c9"}, {"candidate", "#dcedc8"}, {"experiment", "#e3f2fd"}, {"pending_review", "#fff9c4"},
        {"discarded", "#eeeeee"},  {"duplicate", "#eeeeee"}, {"rejected", "#ffebee"}};
    for (const auto& [name, value] : colours)
        if (name == status) return value;
    return "#ffffff";
}

struct Point {
    double x, y;
};

Point top_left(const Place& place) {
    return {margin + (place.x - 0.5) * (box_width + gap_x),
            margin + static_cast<double>(place.layer) * (box_height + gap_y)};
}

// Through the middle of the places that a long edge has between its boxes.
std::string curve(const std::vector<Point>& points) {
    std::string path = "M" + px(points[0].x) + " " + px(points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) {
        const Point &from = points[i - 1], &to = points[i];
        const double middle = (from.y + to.y) / 2;
        path +=
            " C" + px(from.x) + " " + px(middle) + " " + px(to.x) + " " + px(middle) + " " + px(to.x) + " " + px(to.y);
    }
    return path;
}

// Where edges that leave or reach the same box are apart.
double label_at(bool has_siblings, bool has_other_parents) {
    if (has_siblings) return has_other_parents ? 0.6 : 0.8;
    return has_other_parents ? 0.25 : 0.5;
}

void draw_edge(std::string& out, const LineageEdge& edge, const std::vector<Place>& route, const Layout& layout,
               double at) {
    const Point from = top_left(layout.places[edge.parent]), to = top_left(layout.places[edge.child]);
    std::vector<Point> points{{from.x + box_width / 2, from.y + box_height}};
    for (const Place& place : route) {
        const Point corner = top_left(place);
        points.push_back({corner.x + box_width / 2, corner.y});
        points.push_back({corner.x + box_width / 2, corner.y + box_height});
    }
    points.push_back({to.x + box_width / 2, to.y});
    out += "  <path d=\"" + curve(points) + "\" class=\"edge\" marker-end=\"url(#arrow)\"><title>" + xml(label(edge)) +
           "</title></path>\n";
    const std::string text = shortened(label(edge), edge_characters);
    const Point &a = points[points.size() - 2], &b = points.back();
    const double x = a.x + (b.x - a.x) * at, y = a.y + (b.y - a.y) * (0.3 + at / 2);
    const double half = static_cast<double>(text.size()) * letter_width / 2;
    out += "  <rect x=\"" + px(x - half) + "\" y=\"" + px(y - 9) + "\" width=\"" + px(2 * half) +
           "\" height=\"12\" class=\"behind\"/><text x=\"" + px(x) + "\" y=\"" + px(y) + "\" class=\"how\">" +
           xml(text) + "</text>\n";
}

void draw_node(std::string& out, const LineageNode& node, const Place& place) {
    const Point at = top_left(place);
    const std::string middle = px(at.x + box_width / 2);
    out += "  <g><title>" + xml(title(node) + " (" + node.id + ")") + "</title><rect x=\"" + px(at.x) + "\" y=\"" +
           px(at.y) + "\" width=\"" + px(box_width) + "\" height=\"" + px(box_height) + "\" rx=\"6\" fill=\"" +
           colour(node.status) + "\" stroke=\"#555555\" stroke-width=\"" + (node.focus ? "3" : "1") + "\"/><text x=\"" +
           middle + "\" y=\"" + px(at.y + 20) + "\" class=\"name\">" + xml(shortened(title(node), title_characters)) +
           "</text><text x=\"" + middle + "\" y=\"" + px(at.y + 37) + "\" class=\"what\">" +
           xml(shortened(subtitle(node), 40)) + "</text></g>\n";
}

}  // namespace

std::string to_svg(const LineageGraph& graph) {
    const Layout layout = lay_out(graph);
    const double width = 2 * margin + layout.width * (box_width + gap_x) - (layout.width > 0 ? gap_x : 0);
    const double rows = static_cast<double>(layout.layers);
    const double height =
        2 * margin + rows * (box_height + gap_y) - (rows > 0 ? gap_y : 0) + (graph.left_out > 0 ? note_height : 0);
    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + px(width) + "\" height=\"" + px(height) +
        "\" viewBox=\"0 0 " + px(width) + " " + px(height) +
        "\" font-family=\"Helvetica, Arial, sans-serif\">\n  <title>Lineage</title>\n"
        "  <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" "
        "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#777777\"/></marker></defs>\n"
        "  <style>text{text-anchor:middle} .name{font-size:13px;font-weight:bold} .what{font-size:11px;fill:#444444} "
        ".how{font-size:10px;fill:#555555} .behind{fill:#ffffff;fill-opacity:0.8} "
        ".edge{fill:none;stroke:#777777;stroke-width:1.2}</style>\n"
        "  <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    std::vector<int> children(graph.nodes.size(), 0), parents(graph.nodes.size(), 0);
    for (const LineageEdge& edge : graph.edges) {
        ++children[edge.parent];
        ++parents[edge.child];
    }
    for (std::size_t i = 0; i < graph.edges.size(); ++i) {
        const LineageEdge& edge = graph.edges[i];
        draw_edge(out, edge, layout.routes[i], layout, label_at(children[edge.parent] > 1, parents[edge.child] > 1));
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) draw_node(out, graph.nodes[i], layout.places[i]);
    if (graph.left_out > 0) {
        out += "  <text x=\"" + px(width / 2) + "\" y=\"" + px(height - margin / 2) + "\" class=\"what\">" +
               left_out_note(graph) + "</text>\n";
    }
    return out + "</svg>\n";
}

}  // namespace evolve
