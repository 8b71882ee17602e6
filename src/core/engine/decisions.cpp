#include "core/engine/decisions.hpp"

#include <algorithm>
#include <utility>

#include "core/engine/slices.hpp"
#include "core/engine/stream.hpp"

namespace evolve {
namespace {

constexpr std::size_t most_together = 512;  // pairs of numbers that are compared side by side

// Comparisons of the same two numbers are one item.
std::vector<std::vector<StepId>> items_of(const Program& program, std::span<const StepId> comparisons) {
    std::vector<std::vector<StepId>> items;
    for (const Comparison& group : group_comparisons(program, comparisons)) {
        items.emplace_back();
        for (const StepId id : group.steps)
            if (id != no_step) items.back().push_back(id);
    }
    return items;
}

}  // namespace

void add_comparisons(const Program& program, std::span<const StepId> roots, std::vector<std::uint8_t>& seen,
                     std::vector<StepId>& into) {
    std::vector<StepId> open(roots.begin(), roots.end());
    while (!open.empty()) {
        const StepId id = open.back();
        open.pop_back();
        if (id == no_step || seen[id] != 0) continue;
        seen[id] = 1;
        const Step& step = program.steps[id];
        if (is_comparison(step.kind))
            into.push_back(id);
        else if (is_bitmap(step.kind))
            for (const Operand operand : step.args) open.push_back(operand.step);
    }
}

Decisions::Decisions(const Program& program, std::span<const StepId> streamed, std::span<const StepId> others,
                     const BarsView& bars, Workspace& workspace, const Control& control)
    : workspace_(workspace), values_(program.steps.size()) {
    try {
        std::vector<std::span<std::uint64_t>> bitmaps(program.steps.size());
        workspace.make_bitmaps_ready(streamed.size(), control);
        for (const StepId id : streamed) values_.bitmaps[id] = bitmaps[id] = workspace.take_bitmap();
        stream_comparisons(program, streamed, bars, bitmaps, control);
        make(program, others, bars, control);
    } catch (...) {
        give_back();
        throw;
    }
}

void Decisions::make(const Program& program, std::span<const StepId> comparisons, const BarsView& bars,
                     const Control& control) {
    const std::vector<std::vector<StepId>> items = items_of(program, comparisons);
    const Store nothing(program.steps.size());
    Slices(program, bars, workspace_, control, items, nothing, most_together, false)
        .run([&](std::span<const std::uint32_t> done, Evaluation& evaluation) {
            for (const std::uint32_t item : done)
                for (const StepId id : items[item]) values_.bitmaps[id] = evaluation.take_bitmap(id);
        });
}

void Decisions::give_back() {
    for (std::span<const std::uint64_t>& bitmap : values_.bitmaps)
        if (!bitmap.empty()) workspace_.give_back(std::exchange(bitmap, {}));
}

}  // namespace evolve
