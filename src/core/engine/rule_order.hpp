// In which order the rules of a population are run: those that read the same columns after each other, so that few
// columns serve many rules before they make room for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/program.hpp"

namespace evolve {

struct RuleOrder {
    std::vector<std::uint32_t> rules;
    std::vector<std::uint8_t> begins;  // by place: 1 where a new set of columns begins
};

// Sets of at most `most_columns` results of indicators, unless one rule has more. In the order given, as one set, when
// all rules together have no more than `plenty`. Throws Error(interrupted).
RuleOrder order_rules(const Program& program, std::size_t most_columns, std::size_t plenty,
                      const Control& control = {});

}  // namespace evolve
