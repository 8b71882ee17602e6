// The ways in which a child differs from its parent. Each function changes a draft in one place and says what it did;
// it may leave a draft that is not a valid ruleset: breed.hpp checks, and breeds another.
#pragma once

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/random.hpp"
#include "core/genetics/markets.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {

enum class MutationKind : std::uint8_t {
    parameter_tweak,
    indicator_substitution,
    timeframe_change,
    cross_asset_transplant,
    rule_insertion,
    rule_deletion,
    operator_change
};
inline constexpr std::array all_mutation_kinds{MutationKind::parameter_tweak,  MutationKind::indicator_substitution,
                                               MutationKind::timeframe_change, MutationKind::cross_asset_transplant,
                                               MutationKind::rule_insertion,   MutationKind::rule_deletion,
                                               MutationKind::operator_change};
std::string_view to_string(MutationKind kind);

// How far a number may move: the better the parent, the less.
struct TweakWidths {
    double fine_score = 0.8, fine = 0.05;      // score >= fine_score: by up to ± fine of the value
    double medium_score = 0.6, medium = 0.10;  // else score >= medium_score
    double coarse = 0.20;                      // else, and when there is no score yet
    double width(double score) const;
};

struct MutationContext {
    double score = std::numeric_limits<double>::quiet_NaN();  // of the parent; NaN: not scored yet
    TweakWidths widths;
    std::span<const MarketKey> markets;  // where a child could be run
    std::size_t max_nodes = 120;         // rules are not inserted into a ruleset larger than this
};

// What was done, for the lineage: {"type", "path", "old", "new", …}; nullopt when this kind of mutation finds nothing
// to change in the draft, which is then untouched.
using Step = std::optional<nlohmann::json>;

Step mutate(MutationKind kind, Ruleset& draft, const MutationContext& context, Random& random);

// One number: a named parameter on its min/max/step grid, or a literal in the domain of its place (periods stay whole);
// always by at least one step.
Step tweak_parameter(Ruleset& draft, const MutationContext& context, Random& random);
// One indicator by another of a family that serves the same purpose. Arguments of the same name or kind are kept as far
// as the new domain allows, others get the registry's default; a literal that the value is compared with moves to the
// middle of the new scale when the unit changed (30 in rsi < 30 means nothing to macd).
Step substitute_indicator(Ruleset& draft, Random& random);
// To the next finer or coarser timeframe that one of its symbols has.
Step change_timeframe(Ruleset& draft, const MutationContext& context, Random& random);
// One of its symbols by another that has a series of the same timeframe.
Step transplant(Ruleset& draft, const MutationContext& context, Random& random);
// A random condition joined to one of its conditions, or a rule or stop that it lacks.
Step insert_rule(Ruleset& draft, const MutationContext& context, Random& random);
// One operand of an and/or, one all_of/any_of wrapper, or one exit, stop or limit; a way out of a position remains.
Step delete_rule(Ruleset& draft, Random& random);
// One operator by another of its kind: comparisons and crosses, and/or, rising/falling, all_of/any_of, +/-, * and /.
Step change_operator(Ruleset& draft, Random& random);

// Takes genes (rules, stops, limits, sizing) of the other parent, or one subtree of the same kind and unit in place of
// one of its own. Parameters come along; a name that means something else in the draft is changed ("fast_2").
// Symbols and timeframe stay the draft's. {"type": "crossover", "genes": […], "renamed": {…}} or {…, "path", "old",
// "new"}.
Step cross_over(Ruleset& draft, const Ruleset& other, Random& random);

}  // namespace evolve
