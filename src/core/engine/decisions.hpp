// The comparisons of a population, each made once, before any rule is run: what is compared can then come and go in the
// order in which comparisons need it, and of every comparison only its bits stay.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/program.hpp"
#include "core/engine/store.hpp"
#include "core/engine/workspace.hpp"
#include "core/series/bars.hpp"

namespace evolve {

// Appends the comparisons that these steps need to `into`, each once for all calls with the same `seen`, which is as
// long as the program and begins with zeros.
void add_comparisons(const Program& program, std::span<const StepId> roots, std::vector<std::uint8_t>& seen,
                     std::vector<StepId>& into);

class Decisions {
public:
    // `streamed` are comparisons that are streamable; of the others those that can be made within control.memory_limit.
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
