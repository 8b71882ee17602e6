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
#include "core/engine/schedule.hpp"
#include "core/engine/store.hpp"
#include "core/engine/workspace.hpp"
#include "core/series/bars.hpp"

namespace evolve {

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
    void run_side_by_side(const Control& control);
    StepId unit_of(StepId id) const;
    std::size_t columns_to_begin_with(std::span<const StepId> units, const Control& control) const;
    std::span<double> allocate(StepId step);
    Values values_of(Operand operand) const;
    void run(StepId id);
    void run_call(StepId id);
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
