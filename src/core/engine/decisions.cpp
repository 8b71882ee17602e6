#include "core/engine/decisions.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/engine/slices.hpp"

namespace evolve {
namespace {

constexpr std::size_t most_together = 512;  // pairs of numbers that are compared side by side

// Comparisons of the same two numbers are one item.
std::vector<std::vector<StepId>> items_of(const Program& program, std::span<const StepId> comparisons) {
    std::vector<std::vector<StepId>> items;
    std::map<std::array<std::uint64_t, 2>, std::size_t> places;
    for (const StepId id : comparisons) {
        const auto key = [](Operand operand) { return std::uint64_t{operand.step} << 32 | operand.lag; };
        std::array<std::uint64_t, 2> pair{key(program.steps[id].args[0]), key(program.steps[id].args[1])};
        std::sort(pair.begin(), pair.end());
        const auto [place, is_new] = places.try_emplace(pair, items.size());
        if (is_new) items.emplace_back();
        items[place->second].push_back(id);
    }
    return items;
}

}  // namespace

std::vector<StepId> comparisons_of(const Program& program, std::span<const StepId> roots) {
    std::vector<StepId> result, open(roots.begin(), roots.end());
    std::vector<std::uint8_t> seen(program.steps.size(), 0);
    while (!open.empty()) {
        const StepId id = open.back();
        open.pop_back();
        if (id == no_step || seen[id] != 0) continue;
        seen[id] = 1;
        const Step& step = program.steps[id];
        if (is_comparison(step.kind))
            result.push_back(id);
        else if (is_bitmap(step.kind))
            for (const Operand operand : step.args) open.push_back(operand.step);
    }
    std::sort(result.begin(), result.end());
    return result;
}

Decisions::Decisions(const Program& program, std::span<const StepId> comparisons, const BarsView& bars,
                     Workspace& workspace, const Control& control)
    : comparisons_(comparisons), workspace_(workspace), values_(program.steps.size()) {
    const std::vector<std::vector<StepId>> items = items_of(program, comparisons);
    const Store nothing(program.steps.size());
    try {
        Slices(program, bars, workspace, control, items, nothing, most_together)
            .run([&](std::span<const std::uint32_t> done, Evaluation& evaluation) {
                for (const std::uint32_t item : done)
                    for (const StepId id : items[item]) values_.bitmaps[id] = evaluation.take_bitmap(id);
            });
    } catch (...) {
        give_back();
        throw;
    }
}

void Decisions::give_back() {
    for (const StepId id : comparisons_)
        if (!values_.bitmaps[id].empty()) workspace_.give_back(std::exchange(values_.bitmaps[id], {}));
}

}  // namespace evolve
