// In which order the steps of a program run, which of them together, and how much memory that takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/engine/program.hpp"
#include "core/engine/store.hpp"

namespace evolve {

// All comparisons of the same two operands: one pass over their values makes all the bitmaps.
struct Comparison {
    Operand a, b;
    // The steps that hold how a relates to b, in the order of RelationBits; no_step: not asked for.
    std::array<StepId, 6> steps;
};

// These steps' comparisons, those of the same operands together.
std::vector<Comparison> group_comparisons(const Program& program, std::span<const StepId> comparisons);

// Which steps to run, and how often each value is read: a value is freed after its last reader. Roots are read once
// more, by the caller, and stay.
struct Schedule {
    std::vector<StepId> order;                 // ascending
    std::vector<std::uint32_t> uses;           // by step; 0: not run
    std::vector<Comparison> comparisons;       // of the steps in order
    std::vector<std::uint32_t> comparison_of;  // by step: its place among the comparisons
    std::vector<std::uint32_t> early;          // comparisons whose operands exist before any step runs
    std::vector<std::vector<StepId>>
        batches;                          // calls, ascending: all of a batch are made when the first one's turn comes
    std::vector<std::uint32_t> batch_of;  // by step: a call's place among the batches
    std::size_t peak_bytes = 0;           // of columns and bitmaps at the worst moment
    std::size_t kept_bytes = 0;           // of the roots, which stay
};

// Bytes that a step's value takes; borrowed columns and constants take none. Outputs are paid for by their call.
std::size_t bytes_of(const Step& step, std::size_t bars);

// The steps that some of the roots need (no_step among them is ignored), for a series of so many bars. Steps that are
// `given` have their values from elsewhere. Calls are made together as long as no more than most_bytes are held for it:
// more is held only where they need it one by one.
Schedule make_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars, std::size_t most_bytes,
                       const Store& given = {});

}  // namespace evolve
