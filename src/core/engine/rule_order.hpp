// In which order the parts of a program are run: those that read the same columns after each other, so that few columns
// serve many parts before they make room for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/program.hpp"
#include "core/engine/store.hpp"

namespace evolve {

// Places of items, each of which is a number of steps to evaluate.
struct RuleOrder {
    std::vector<std::uint32_t> rules;
    std::vector<std::uint8_t> begins;  // by place: 1 where a new set of columns begins
};

// Sets of at most `most_columns` results of indicators, unless one item has more; what is `given` does not count. When
// all items together have no more than `plenty` they are one set, in the order given, but items of the same steps stay
// together, and such groups are dealt in turns to as many `hands`. Throws Error(interrupted).
RuleOrder order_items(const Program& program, std::span<const std::vector<StepId>> items, std::size_t most_columns,
                      std::size_t plenty, std::size_t hands, const Store& given, const Control& control = {});

// Items of an order, [first, first + count), that are evaluated together.
struct Chunk {
    std::size_t first = 0, count = 0;
};
// Cuts an order into chunks of at most `most` items, none of which reaches over the beginning of a set. For several
// threads they become smaller towards the end, so that all have something to do until then, or there is one for each.
std::vector<Chunk> chunks_of(const RuleOrder& order, std::size_t most, std::size_t threads, bool one_each);

}  // namespace evolve
