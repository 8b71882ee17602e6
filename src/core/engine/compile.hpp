// Rulesets to a program: parameters bound, conditions lowered to primitive operations, equal parts merged.
#pragma once

#include <span>

#include "core/engine/program.hpp"

namespace evolve {

// Throws Error: unknown_name, type_mismatch, invalid_ruleset or out_of_range for trees that no parser would have let
// through, e.g. a parameter without a value.
Program compile(std::span<const Ruleset> population);

// A program of one number, or of one condition; parameters bound, no rules.
struct NumberProgram {
    Program program;
    Operand root;
};
NumberProgram compile_number(const Node& expression);

struct ConditionProgram {
    Program program;
    StepId known_true = no_step, known_false = no_step;
};
ConditionProgram compile_condition(const Node& condition);

// The size of a position; throws Error(out_of_range) unless the amount is a number in its domain.
SizeRule compile_sizing(const Sizing& sizing);

}  // namespace evolve
