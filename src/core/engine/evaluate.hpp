// Runs the steps of a program over one series, keeping each value only until its last use.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/bitmap.hpp"
#include "core/engine/expression.hpp"
#include "core/engine/program.hpp"
#include "core/series/bars.hpp"

namespace evolve {

// Which steps to run, and how often each value is read: a value is freed after its last reader. Roots are read once
// more, by the caller, and stay.
struct Schedule {
    std::vector<StepId> order;        // ascending
    std::vector<std::uint32_t> uses;  // by step; 0: not run
    std::size_t peak_bytes = 0;       // of columns and bitmaps at the worst moment
};

// The steps that some of the roots need (no_step among them is ignored), for a series of so many bars.
Schedule make_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars);

// The steps that the simulation of these rules reads.
std::vector<StepId> roots_of(std::span<const Rule> rules);

class Evaluation {
public:
    // Runs the schedule's steps one after the other. Throws Error(interrupted). `bars` must outlive the evaluation and
    // hold at least one bar.
    Evaluation(const Program& program, const Schedule& schedule, const BarsView& bars, const Control& control);

    // Values of roots.
    std::span<const double> column(StepId step) const { return columns_[step].values; }
    std::span<const std::uint64_t> bitmap(StepId step) const { return bitmaps_[step]; }

private:
    struct Column {
        std::span<const double> values = {};
        std::unique_ptr<double[]> owned = nullptr;
    };

    std::span<double> allocate(StepId step);
    Values values_of(Operand operand) const;
    void run(StepId id);
    void run_call(const Step& step);
    void combine(const Step& step, Bitmap& out) const;
    void release(StepId step);

    const Program& program_;
    const BarsView& bars_;
    const Control& control_;
    std::vector<std::uint32_t> uses_;
    std::vector<Column> columns_;
    std::vector<Bitmap> bitmaps_;
};

}  // namespace evolve
