// Evaluates parts of a program that together may be more than fits into memory: what many of them read is computed once
// and kept, in a part of the limit; the rest comes and goes a few items at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "core/base/control.hpp"
#include "core/engine/evaluate.hpp"
#include "core/engine/program.hpp"
#include "core/engine/rule_order.hpp"
#include "core/engine/store.hpp"
#include "core/engine/workspace.hpp"
#include "core/series/bars.hpp"

namespace evolve {

class Slices {
public:
    // Items are the steps that somebody wants evaluated together; alike: to use one takes about as long as another. At
    // most control.memory_limit is used beside what is given. All that is passed must outlive this.
    Slices(const Program& program, const BarsView& bars, Workspace& workspace, const Control& control,
           std::span<const std::vector<StepId>> items, const Store& given, std::size_t most_together, bool alike);

    // Calls use(items, their evaluation) for items that were evaluated together, once for each item, from any of
    // control.threads threads. Returns the items that fit into nothing, ascending. Throws Error(interrupted).
    using Use = std::function<void(std::span<const std::uint32_t> items, Evaluation& evaluation)>;
    std::vector<std::uint32_t> run(const Use& use);

    // Memory for what many items read.
    static std::size_t shared_part(const Control& control) { return control.memory_limit / 5; }

private:
    // Memory for one chunk out of what is left to each thread.
    std::size_t part_of(std::size_t each) const;
    struct Limits {
        std::size_t together, alone;  // bytes for several items, for one
    };
    std::vector<StepId> roots_of_chunk(Chunk chunk) const;
    std::vector<StepId> steps_to_share(std::size_t budget) const;
    std::vector<std::uint32_t> readers_among_chunks() const;
    Schedule share(std::vector<StepId>& shared) const;
    void run_chunk(Chunk chunk, Limits limits, const Store& given, const Use& use);

    // Calls visit(step) once for each step that the chunk needs; where it returns false, what that step reads is left
    // out unless something else needs it.
    template <class Visit>
    void for_each_step(Chunk chunk, std::vector<std::uint32_t>& seen, std::uint32_t mark, Visit&& visit) const;

    const Program& program_;
    const BarsView& bars_;
    Workspace& workspace_;
    const Control& control_;
    Control alone_;  // one thread
    std::span<const std::vector<StepId>> items_;
    const Store& given_;
    std::vector<std::uint32_t> order_;  // items, in the order in which they are run
    std::vector<Chunk> chunks_;
    std::mutex left_over_mutex_;
    std::vector<std::uint32_t> left_over_;
};

}  // namespace evolve
