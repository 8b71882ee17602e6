// How alike two strategies are, seen from three sides.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/number.hpp"
#include "core/engine/backtest.hpp"
#include "core/ruleset/ruleset.hpp"

namespace evolve {

// All 0..1, NaN where there is nothing to compare.
struct Likeness {
    double overall;     // similarity() of genetics/similarity.hpp: rules and numbers together
    double structure;   // the same with every number taken for the same
    double parameters;  // numbers at places that both have: mean of 1 - |x - y| / (|x| + |y|), 1 where both are 0
    double signals;     // of the bars at which either holds a position, the share at which both hold the same side
};

// Rules and numbers of two canonical rulesets; signals stay NaN.
Likeness likeness(const Ruleset& left, const Ruleset& right);

// Positions (units held at each close: above 0 long, below 0 short) of two runs on the same bars.
double signal_likeness(std::span<const double> left, std::span<const double> right);

}  // namespace evolve
