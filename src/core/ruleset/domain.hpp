// Plain numbers in a ruleset: which values each may have.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/ruleset/problems.hpp"
#include "core/ruleset/source.hpp"

namespace evolve {

using Parameters = std::map<std::string, Parameter>;

struct Domain {
    double minimum = 0, maximum = 0;
    bool whole = false;
    bool above_minimum = false, below_maximum = false;  // the bound itself is outside
    std::string_view what;                              // "the period of sma", for messages

    bool contains(double value) const;
    // "the period of sma is a whole number from 2 to 10000"
    std::string in_words() const;
};

// The domain of bars counted by lag, rising, falling, all_of, any_of, max_bars and cooldown_bars.
inline constexpr double most_bars = 1'000'000;

// Reports a parameter that was not declared.
bool check_exists(const Node& parameter, const Parameters& parameters, const Trail& trail, Problems& problems);

// Reports a constant outside the domain, a parameter that does not exist or whose whole range is not inside, and
// anything that is neither.
void check_number(const Node& node, const Domain& domain, const Parameters& parameters, const Trail& trail,
                  Problems& problems);

}  // namespace evolve
