// Rulesets at random: well-typed by construction, from everything the language and the registry have. For inserting
// rules in mutation, for benchmarks, and for tests that hold for all rulesets.
#pragma once

#include "core/base/random.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {

struct GeneratorOptions {
    std::size_t nodes = 20;            // of one rule, about
    std::size_t depth = 10;            // levels of one rule, at most; at least 4
    std::int64_t longest_period = 60;  // bars, for indicators; a longer minimum of an argument wins
    std::int64_t longest_lag = 5;      // bars, for lags, rising, all_of …
    double parameter_chance = 0.1;     // of a number being a named parameter; random_ruleset only
    bool rare_operators = true;        // false: only what rules of people hold, no =, neg, lag of a condition …
};

// A condition. Not canonical.
Node random_condition(Random& random, const GeneratorOptions& options = {});
// A number of the given unit (not condition); an expression of series, never a lone constant.
Node random_number(Random& random, Unit unit, const GeneratorOptions& options = {});
// A ruleset that validate() accepts: entries and most often exits of one or both sides, and any of the other parts.
Ruleset random_ruleset(Random& random, const GeneratorOptions& options = {});

}  // namespace evolve
