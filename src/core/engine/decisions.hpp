// The comparisons of a population, each made once, before any rule is run: what is compared can then come and go in the
// order in which comparisons need it, and of every comparison only its bits stay.
#pragma once

#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/program.hpp"
#include "core/engine/store.hpp"
#include "core/engine/workspace.hpp"
#include "core/series/bars.hpp"

namespace evolve {

// The comparisons that these steps need, ascending.
std::vector<StepId> comparisons_of(const Program& program, std::span<const StepId> roots);

class Decisions {
public:
    // `streamed` are comparisons that can_stream(); of the others those that can be made within control.memory_limit.
    // All that is passed must outlive this. Throws Error(interrupted).
    Decisions(const Program& program, std::span<const StepId> streamed, std::span<const StepId> others,
              const BarsView& bars, Workspace& workspace, const Control& control);
    ~Decisions() { give_back(); }
    Decisions(const Decisions&) = delete;
    Decisions& operator=(const Decisions&) = delete;

    const Store& values() const { return values_; }

private:
    void make(const Program& program, std::span<const StepId> comparisons, const BarsView& bars,
              const Control& control);
    void give_back();

    Workspace& workspace_;
    Store values_;
};

}  // namespace evolve
