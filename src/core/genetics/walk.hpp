// Addresses of the nodes and numbers of a ruleset, in one fixed order: the same index names the same place in two
// equal rulesets. Pointers stay valid until the tree they point into is changed.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

struct Spot {
    Node* node = nullptr;
    Node* parent = nullptr;  // nullptr: the node is a root
    std::size_t index = 0;   // of the node in parent->args
    std::string path;        // JSON path in the tree form, e.g. $.entry.args[0]
};

// Every node of every rule and number, depth first, roots in the order of for_each_root.
std::vector<Spot> all_spots(Ruleset& ruleset);
// Nodes of all trees together.
std::size_t count_nodes(const Ruleset& ruleset);
std::size_t count_nodes(const Node& node);

// A number that search may move: a named parameter, or a literal in a rule, an exit level, a limit or the sizing.
struct NumberSite {
    std::string path;
    double* value = nullptr;
    bool is_parameter = false;
    bool whole = false;  // only whole numbers make sense here
    double minimum = -std::numeric_limits<double>::infinity(), maximum = std::numeric_limits<double>::infinity();
    double step = 0;  // of a parameter's grid, which starts at grid_origin; 0: no grid
    double grid_origin = 0;
};

// Parameters first (by name), then literals in the order of all_spots. The domain is the registry's at that place; a
// parameter's is what all its uses and its own minimum and maximum have in common.
std::vector<NumberSite> number_sites(Ruleset& ruleset);

// The nearest admissible value to `wanted` (on the grid, whole where needed, in the domain), at least one step away
// from the present one: in the direction of `wanted`, in the other at the edge of the domain. NaN when there is none.
double moved_value(const NumberSite& site, double wanted);

// Names of the parameters that any rule uses, ascending.
std::vector<std::string> used_parameters(const Ruleset& ruleset);

}  // namespace evolve
