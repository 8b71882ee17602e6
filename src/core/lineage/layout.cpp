#include "core/lineage/layout.hpp"

#include <algorithm>
#include <utility>

namespace evolve {
namespace {

constexpr int sweeps = 12;

using Line = std::pair<std::size_t, std::size_t>;  // from a place to one in the layer below

std::vector<std::size_t> layers_of(const LineageGraph& graph) {
    std::vector<std::size_t> layer(graph.nodes.size(), 0), waiting(graph.nodes.size(), 0), ready;
    std::vector<std::vector<std::size_t>> children(graph.nodes.size());
    for (const LineageEdge& edge : graph.edges) {
        children[edge.parent].push_back(edge.child);
        ++waiting[edge.child];
    }
    for (std::size_t i = 0; i < waiting.size(); ++i)
        if (waiting[i] == 0) ready.push_back(i);
    for (std::size_t at = 0; at < ready.size(); ++at) {
        for (const std::size_t child : children[ready[at]]) {
            layer[child] = std::max(layer[child], layer[ready[at]] + 1);
            if (--waiting[child] == 0) ready.push_back(child);
        }
    }
    return layer;
}

// Nodes first, then the places of long edges; every line leads to the next layer.
class Drawing {
public:
    explicit Drawing(const LineageGraph& graph) : layer_(layers_of(graph)), routes_(graph.edges.size()) {
        for (std::size_t i = 0; i < graph.edges.size(); ++i) add_lines(graph.edges[i], routes_[i]);
        above_.resize(layer_.size());
        below_.resize(layer_.size());
        for (const auto& [from, to] : lines_) {
            above_[to].push_back(from);
            below_[from].push_back(to);
        }
        for (const std::size_t layer : layer_) rows_.resize(std::max(rows_.size(), layer + 1));
        for (std::size_t i = 0; i < layer_.size(); ++i) rows_[layer_[i]].push_back(i);
        x_.resize(layer_.size());
        for (const auto& row : rows_) place(row);
    }

    // The places of every layer in the order of their neighbours in the layer before, from one side.
    void sweep(bool down) {
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            std::vector<std::size_t>& row = rows_[down ? i : rows_.size() - 1 - i];
            std::vector<double> wanted(x_);
            for (const std::size_t at : row) {
                const auto& neighbours = down ? above_[at] : below_[at];
                if (neighbours.empty()) continue;
                double sum = 0;
                for (const std::size_t other : neighbours) sum += x_[other];
                wanted[at] = sum / static_cast<double>(neighbours.size());
            }
            std::stable_sort(row.begin(), row.end(),
                             [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
            place(row);
        }
    }

    std::size_t crossings() const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const auto [a, b] = lines_[i];
            for (std::size_t j = i + 1; j < lines_.size(); ++j) {
                const auto [c, d] = lines_[j];
                if (layer_[a] == layer_[c] && (x_[a] - x_[c]) * (x_[b] - x_[d]) < 0) ++count;
            }
        }
        return count;
    }

    Layout layout(std::size_t nodes) const {
        Layout result;
        result.layers = rows_.size();
        for (const auto& row : rows_) result.width = std::max(result.width, static_cast<double>(row.size()));
        const auto place_of = [&](std::size_t at) {
            return Place{.layer = layer_[at], .x = x_[at] + result.width / 2};
        };
        for (std::size_t i = 0; i < nodes; ++i) result.places.push_back(place_of(i));
        for (const auto& route : routes_) {
            result.routes.emplace_back();
            for (const std::size_t at : route) result.routes.back().push_back(place_of(at));
        }
        result.crossings = crossings();
        return result;
    }

private:
    void add_lines(const LineageEdge& edge, std::vector<std::size_t>& route) {
        std::size_t from = edge.parent;
        for (std::size_t layer = layer_[edge.parent] + 1; layer < layer_[edge.child]; ++layer) {
            layer_.push_back(layer);
            route.push_back(layer_.size() - 1);
            lines_.emplace_back(from, route.back());
            from = route.back();
        }
        lines_.emplace_back(from, edge.child);
    }

    // Rows are centred on one axis at 0.
    void place(const std::vector<std::size_t>& row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            x_[row[i]] = static_cast<double>(i) - (static_cast<double>(row.size()) - 1) / 2;
    }

    std::vector<std::size_t> layer_;  // of every place
    std::vector<std::vector<std::size_t>> routes_;
    std::vector<Line> lines_{};
    std::vector<std::vector<std::size_t>> rows_{}, above_{}, below_{};
    std::vector<double> x_{};
};

}  // namespace

Layout lay_out(const LineageGraph& graph) {
    Drawing drawing(graph);
    Layout best = drawing.layout(graph.nodes.size());
    for (int i = 0; i < sweeps && best.crossings > 0; ++i) {
        drawing.sweep(i % 2 == 0);
        if (drawing.crossings() < best.crossings) best = drawing.layout(graph.nodes.size());
    }
    return best;
}

}  // namespace evolve
