#include "core/genetics/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

struct Tree {
    std::string label;
    bool is_number = false;
    bool any_order = false;
    double value = 0;
    std::size_t size = 1;
    std::vector<Tree> children = {};

    void add(Tree child) {
        size += child.size;
        children.push_back(std::move(child));
    }
};

Tree tree_of(const Node& node) {
    Tree tree{.label = std::to_string(static_cast<int>(node.op)) + ":" + node.name + ":" + std::to_string(node.output)};
    tree.is_number = node.op == Op::constant;
    tree.value = node.value;
    tree.any_order = node.op == Op::logical_and || node.op == Op::logical_or;
    for (const Node& child : node.args) tree.add(tree_of(child));
    return tree;
}

Tree named(std::string label) { return {.label = std::move(label)}; }

Tree gene(std::string label, const Node& node) {
    Tree tree = named(std::move(label));
    tree.add(tree_of(node));
    return tree;
}

Tree level(std::string label, const ExitLevel& exit_level) {
    const bool atr = exit_level.kind == ExitLevel::Kind::atr;
    Tree tree = named(std::move(label));
    Tree kind = named(atr ? "atr" : "percent");
    kind.add(tree_of(exit_level.distance));
    if (atr) kind.add(tree_of(exit_level.period));
    tree.add(std::move(kind));
    return tree;
}

// Children of the root are matched in any order, so that a gene that one side lacks does not shift the others.
Tree tree_of(const Ruleset& ruleset) {
    Tree root = named("ruleset");
    root.any_order = true;
    const auto rule = [&](const char* label, const std::optional<Node>& node) {
        if (node) root.add(gene(label, *node));
    };
    rule("entry", ruleset.long_side.entry);
    rule("exit", ruleset.long_side.exit);
    rule("short entry", ruleset.short_side.entry);
    rule("short exit", ruleset.short_side.exit);
    if (ruleset.stop_loss) root.add(level("stop loss", *ruleset.stop_loss));
    if (ruleset.take_profit) root.add(level("take profit", *ruleset.take_profit));
    if (ruleset.trailing_stop) root.add(level("trailing stop", *ruleset.trailing_stop));
    rule("max bars", ruleset.max_bars);
    rule("cooldown bars", ruleset.cooldown_bars);
    if (ruleset.sizing) {
        root.add(gene("sizing " + std::to_string(static_cast<int>(ruleset.sizing->kind)), ruleset.sizing->amount));
    }
    root.add(named("direction " + std::to_string(static_cast<int>(ruleset.direction))));
    for (const std::string& symbol : ruleset.symbols) root.add(named("symbol " + symbol));
    if (ruleset.timeframe) root.add(named("timeframe " + std::string(to_string(*ruleset.timeframe))));
    return root;
}

double relabelling(const Tree& left, const Tree& right) {
    if (left.is_number && right.is_number) {
        const double gap = std::fabs(left.value - right.value);
        return gap == 0 ? 0 : 2 * gap / (std::fabs(left.value) + std::fabs(right.value) + gap);
    }
    return left.label == right.label && left.is_number == right.is_number ? 0 : 2;
}

double distance(const Tree& left, const Tree& right);

double whole(const Tree& tree) { return static_cast<double>(tree.size); }

double ordered_distance(const std::vector<Tree>& left, const std::vector<Tree>& right) {
    std::vector<double> row(right.size() + 1, 0);
    for (std::size_t j = 0; j < right.size(); ++j) row[j + 1] = row[j] + whole(right[j]);
    for (const Tree& child : left) {
        double diagonal = row[0];
        row[0] += whole(child);
        for (std::size_t j = 0; j < right.size(); ++j) {
            const double replaced = diagonal + distance(child, right[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j + 1] + whole(child), row[j] + whole(right[j])});
        }
    }
    return row.back();
}

double unordered_distance(const std::vector<Tree>& left, const std::vector<Tree>& right) {
    struct Pair {
        double saved;  // against deleting one and inserting the other
        std::size_t i, j;
    };
    std::vector<Pair> pairs;
    double total = 0;
    for (const Tree& child : left) total += whole(child);
    for (const Tree& child : right) total += whole(child);
    for (std::size_t i = 0; i < left.size(); ++i) {
        for (std::size_t j = 0; j < right.size(); ++j) {
            const double saved = whole(left[i]) + whole(right[j]) - distance(left[i], right[j]);
            if (saved > 0) pairs.push_back({.saved = saved, .i = i, .j = j});
        }
    }
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
        return a.saved != b.saved ? a.saved > b.saved : a.i != b.i ? a.i < b.i : a.j < b.j;
    });
    std::vector<bool> left_used(left.size()), right_used(right.size());
    for (const Pair& pair : pairs) {
        if (left_used[pair.i] || right_used[pair.j]) continue;
        left_used[pair.i] = right_used[pair.j] = true;
        total -= pair.saved;
    }
    return total;
}

double distance(const Tree& left, const Tree& right) {
    const double here = relabelling(left, right);
    const bool any_order = left.any_order && right.any_order;
    return here + (any_order ? unordered_distance(left.children, right.children)
                             : ordered_distance(left.children, right.children));
}

}  // namespace

double similarity(const Ruleset& left, const Ruleset& right) {
    const Ruleset a = canonical(bind_parameters(left));
    const Ruleset b = canonical(bind_parameters(right));
    if (a == b) return 1;
    const Tree first = tree_of(a), second = tree_of(b);
    // One fixed order of the two, so that ties between equally cheap pairs fall the same way from both sides.
    const bool swap = to_json(a).dump() > to_json(b).dump();
    const double cost = swap ? distance(second, first) : distance(first, second);
    return std::clamp(1 - cost / (whole(first) + whole(second)), 0.0, 1.0);
}

}  // namespace evolve
