// Runs the steps of a program over one series, keeping each value only until its last use.
#pragma once

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/bitmap.hpp"
#include "core/engine/expression.hpp"
#include "core/engine/program.hpp"
#include "core/engine/store.hpp"
#include "core/engine/workspace.hpp"
#include "core/series/bars.hpp"

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
    std::size_t peak_bytes = 0;                // of columns and bitmaps at the worst moment
    std::size_t kept_bytes = 0;                // of the roots, which stay
};

// Bytes that a step's value takes; borrowed columns and constants take none. Outputs are paid for by their call.
std::size_t bytes_of(const Step& step, std::size_t bars);

// The steps that some of the roots need (no_step among them is ignored), for a series of so many bars. Steps that are
// `given` have their values from elsewhere.
Schedule make_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars,
                       const Store& given = {});

// The steps that the simulation of these rules reads.
std::vector<StepId> roots_of(std::span<const Rule> rules);

class Evaluation {
public:
    // Runs the schedule's steps in memory of the workspace: with one thread one after the other, with more those
    // together that do not need each other. Values of steps that the schedule took as given come from `given`. Throws
    // Error(interrupted). All that is passed must outlive the evaluation; `bars` hold at least one bar.
    Evaluation(const Program& program, const Schedule& schedule, const BarsView& bars, Workspace& workspace,
               const Control& control, const Store& given = no_values());
    ~Evaluation() { give_back_all(); }
    Evaluation(const Evaluation&) = delete;
    Evaluation& operator=(const Evaluation&) = delete;

    // Values of roots, its own or given.
    std::span<const double> column(StepId step) const {
        return columns_[step].values.empty() && given_.holds(step) ? given_.columns[step] : columns_[step].values;
    }
    std::span<const std::uint64_t> bitmap(StepId step) const {
        return bitmaps_[step].empty() && given_.holds(step) ? given_.bitmaps[step] : bitmaps_[step];
    }
    // Hands a root's bitmap over: it is the caller's to give back to the workspace.
    std::span<const std::uint64_t> take_bitmap(StepId step) { return std::exchange(bitmaps_[step], {}); }

private:
    struct Column {
        std::span<const double> values = {};
        bool owned = false;
    };

    static const Store& no_values();
    void run_in_order();
    void run_by_levels(const Control& control);
    std::span<double> allocate(StepId step);
    Values values_of(Operand operand) const;
    void run(StepId id);
    void run_call(const Step& step);
    RelationBits allocate_bits(const Comparison& comparison);
    void compare(const Comparison& comparison);
    void compare_early();
    void combine(StepId id, const Step& step);
    void release(StepId step);
    void give_back(StepId step);
    void give_back_all();

    const Program& program_;
    const Schedule& schedule_;
    const BarsView& bars_;
    Workspace& workspace_;
    const Control& control_;
    const Store& given_;
    std::vector<std::uint32_t> uses_;
    std::vector<Column> columns_;
    std::vector<std::span<std::uint64_t>> bitmaps_;
};

}  // namespace evolve
