// Makes children: chooses parents, crosses and mutates, and keeps only what is valid and new.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/genetics/mutation.hpp"

namespace evolve {

struct BreedingRates {
    double crossover_rate = 0.7;  // of a child having two parents
    double mutation_rate = 0.2;   // of each further mutation; a child of one parent always has a first
    std::size_t max_mutations = 4;
    std::size_t tournament_size = 4;
    std::size_t attempts = 50;  // at a child that is valid and new, before the slot stays empty
    TweakWidths widths;
    std::size_t max_nodes = 120;
    // Relative frequency of each kind, in the order of all_mutation_kinds.
    std::array<double, all_mutation_kinds.size()> weights{4, 1, 0.5, 0.5, 1, 1, 1};
};

// One who may become a parent.
struct Parent {
    std::string id;
    std::string fingerprint;
    Ruleset ruleset;                                            // canonical
    double score = std::numeric_limits<double>::quiet_NaN();    // how widely its numbers are moved
    double fitness = std::numeric_limits<double>::quiet_NaN();  // what tournaments go by
};

struct ParentShare {
    std::size_t parent = 0;  // index into the pool
    double similarity = 0;   // of parent and child, 0..1
    double weight = 0;       // share of the child's material; all parents' together 1
};

struct Child {
    Ruleset ruleset;  // canonical, valid
    std::string fingerprint;
    std::string mutation_type;       // "crossover" or the first mutation's kind
    nlohmann::json mutation_params;  // {"changes": [{"path", "old", "new"}], "steps": […]}
    std::vector<ParentShare> parents;
};

// True when a living strategy has the fingerprint. Called on the calling thread only.
using KnownFingerprint = std::function<bool(const std::string&)>;

// The best of `size` draws with replacement; NaN scores lose; ties: the first in the pool. `entrant`, when given, takes
// part besides. `excluded` never wins unless nobody else is there.
std::size_t tournament(std::span<const Parent> pool, std::size_t size, Random& random,
                       std::optional<std::size_t> entrant = {}, std::optional<std::size_t> excluded = {});

// One child of pool[initiator] or of better ones: the first parent is the winner of a tournament in which the initiator
// takes part; with crossover_rate a second is the winner of another. `changes` are what turns the first parent's
// to_json() into a ruleset whose canonical form is the child; `steps` how that came about, in order. A child that is
// invalid, equal to a parent, known, or in `taken` is thrown away and another bred; after `attempts` nullopt.
std::optional<Child> breed(std::span<const Parent> pool, std::size_t initiator, const BreedingRates& rates,
                           std::span<const MarketKey> markets, const Limits& limits, const KnownFingerprint& known,
                           const std::set<std::string>& taken, Random random);

// One attempt at mutating one parent in one way, checked like a child of breed() but not against other strategies.
std::optional<Child> mutant(std::span<const Parent> pool, std::size_t parent, MutationKind kind,
                            const MutationContext& context, const Limits& limits, Random& random);
// One attempt at crossing two parents.
std::optional<Child> cross(std::span<const Parent> pool, std::size_t first, std::size_t second, const Limits& limits,
                           Random& random);

// "Golden cross #1f03ab": the original's name and the beginning of the child's fingerprint. The suffix of a parent that
// is itself a child is replaced, so that names do not grow; at most 255 characters.
std::string child_name(const std::string& parent_name, const std::string& fingerprint);

}  // namespace evolve
