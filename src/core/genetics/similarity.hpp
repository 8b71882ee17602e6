// How much two rulesets have in common.
#pragma once

#include "core/ruleset/ruleset.hpp"

namespace evolve {

// 1 - d / (n1 + n2), in 0..1: 1 for the same canonical rules and values, 0 when nothing is shared. d is a top-down tree
// edit distance (Selkow, "The tree-to-tree editing problem", 1977) on the canonical trees with parameters bound:
// inserting or deleting a subtree costs its number of nodes, another operator or name costs 2, another constant
// 2 · |x - y| / (|x| + |y| + |x - y|). Operands of and/or are matched in any order, cheapest pairs first. Each gene
// (rule, stop, limit, direction …), each symbol and the timeframe is a child of one root. Symmetric.
double similarity(const Ruleset& left, const Ruleset& right);

}  // namespace evolve
