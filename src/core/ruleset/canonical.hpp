// Rewriting trees that mean the same into one.
#pragma once

#include "core/ruleset/node.hpp"

namespace evolve {

// The tree's canonical form; rules: docs/ruleset.md. Exact: no rounding of any value can change.
Node canonical(Node node);

// For parameters that are bound: canonical, and everything that has a simpler name replaced by it (between, rising,
// falling, constants that can be computed, negations pushed down to comparisons). What the fingerprint covers.
Node lowered(Node node);

// A total order of trees; constants and parameters after everything else. Negative, 0 or positive.
int compare(const Node& left, const Node& right);

// True when the tree holds constants and parameters only: its value does not change from bar to bar.
bool is_constant(const Node& node);

}  // namespace evolve
