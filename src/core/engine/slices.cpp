#include "core/engine/slices.hpp"

#include <algorithm>
#include <utility>

#include "core/base/parallel.hpp"

namespace evolve {
namespace {

// Columns that a chunk may hold beside the shared ones where memory is plenty.
constexpr std::size_t columns_of_chunk = 40;
// Alike items of one chunk for each thread: as many go over the bars together.
constexpr std::size_t most_alike = 64;

}  // namespace

Slices::Slices(const Program& program, const BarsView& bars, Workspace& workspace, const Control& control,
               std::span<const std::vector<StepId>> items, const Store& given, std::size_t most_together, bool alike)
    : program_(program),
      bars_(bars),
      workspace_(workspace),
      control_(control),
      alone_(control),
      items_(items),
      given_(given) {
    alone_.threads = 1;
    const std::size_t column_bytes = std::max<std::size_t>(1, bars_.size() * sizeof(double));
    const std::size_t threads = std::max(control.threads, 1u);
    const bool one_each = alike && items.size() <= most_alike * threads;
    const RuleOrder order = order_items(
        program_, items, std::max<std::size_t>(2, part_of(control_.memory_limit * 2 / 3) / column_bytes * 3 / 4),
        shared_part(control_) / column_bytes, one_each ? threads : 1, given, control_);
    order_ = order.rules;
    chunks_ = chunks_of(order, most_together, threads, one_each);
}

std::size_t Slices::part_of(std::size_t each) const {
    const std::size_t all = std::max(control_.memory_limit / 8, columns_of_chunk * bars_.size() * sizeof(double));
    return std::min(each, all / std::max(control_.threads, 1u));
}

std::vector<StepId> Slices::roots_of_chunk(Chunk chunk) const {
    std::vector<StepId> roots;
    for (const std::uint32_t item : std::span(order_).subspan(chunk.first, chunk.count))
        roots.insert(roots.end(), items_[item].begin(), items_[item].end());
    return roots;
}

template <class Visit>
void Slices::for_each_step(Chunk chunk, std::vector<std::uint32_t>& seen, std::uint32_t mark, Visit&& visit) const {
    std::vector<StepId> open = roots_of_chunk(chunk);
    while (!open.empty()) {
        const StepId id = open.back();
        open.pop_back();
        if (id == no_step || seen[id] == mark || given_.holds(id)) continue;
        seen[id] = mark;
        if (!visit(id)) continue;
        for (const Operand operand : program_.steps[id].args) open.push_back(operand.step);
    }
}

std::vector<std::uint32_t> Slices::readers_among_chunks() const {
    std::vector<std::uint32_t> readers(program_.steps.size(), 0), seen(program_.steps.size(), 0);
    for (std::uint32_t i = 0; i < chunks_.size(); ++i)
        for_each_step(chunks_[i], seen, i + 1, [&](StepId id) {
            ++readers[id];
            return true;
        });
    return readers;
}

// Steps whose values more than one chunk reads, and columns that several steps read: those that most chunks read first,
// as many as fit into the budget. Of these, what only others of these read is left to them.
std::vector<StepId> Slices::steps_to_share(std::size_t budget) const {
    constexpr std::uint32_t many = 4;  // steps
    const std::vector<std::uint32_t> readers = readers_among_chunks();
    std::vector<std::uint32_t> uses(readers.size(), 0);
    for (const Step& step : program_.steps)
        for (const Operand operand : step.args) ++uses[operand.step];
    std::vector<StepId> candidates;
    for (StepId id = 0; id < readers.size(); ++id) {
        const Step& step = program_.steps[id];
        if ((readers[id] > 1 || (readers[id] > 0 && uses[id] >= many && !is_bitmap(step.kind))) &&
            bytes_of(step, bars_.size()) > 0)
            candidates.push_back(id);
    }
    std::stable_sort(candidates.begin(), candidates.end(), [&](StepId a, StepId b) {
        return std::pair(readers[a], uses[a]) > std::pair(readers[b], uses[b]);
    });
    std::vector<std::uint8_t> chosen(readers.size(), 0);
    for (const StepId id : candidates) {
        const std::size_t bytes = bytes_of(program_.steps[id], bars_.size());
        if (bytes > budget) continue;
        budget -= bytes;
        chosen[id] = 1;
    }
    std::vector<std::uint32_t> seen(readers.size(), 0);
    std::vector<StepId> shared;
    for (std::uint32_t i = 0; i < chunks_.size(); ++i)
        for_each_step(chunks_[i], seen, i + 1, [&](StepId id) {
            if (chosen[id] == 0) return true;
            shared.push_back(id);
            return false;
        });
    std::sort(shared.begin(), shared.end());
    shared.erase(std::unique(shared.begin(), shared.end()), shared.end());
    return shared;
}

// The steps that chunks share, and how they are made: as many as can be made within a third of the memory.
Schedule Slices::share(std::vector<StepId>& shared) const {
    if (chunks_.size() > 1)
        for (std::size_t budget = shared_part(control_); budget > 0; budget /= 2) {
            shared = steps_to_share(budget);
            const std::size_t most_bytes = control_.memory_limit / 3;
            Schedule schedule = make_schedule(program_, shared, bars_.size(), most_bytes, given_);
            if (schedule.peak_bytes <= most_bytes) return schedule;
        }
    shared.clear();
    return make_schedule(program_, shared, bars_.size(), 0, given_);
}

std::vector<std::uint32_t> Slices::run(const Use& use) {
    const std::size_t limit = control_.memory_limit;
    std::vector<StepId> shared;
    const Schedule schedule = share(shared);
    // Side by side, nobody knows which values will be there at once: only when even all values together are few.
    std::size_t all_values = 0;
    for (const StepId id : schedule.order) all_values += bytes_of(program_.steps[id], bars_.size());
    const Evaluation evaluation(program_, schedule, bars_, workspace_, all_values <= limit * 2 / 5 ? control_ : alone_,
                                given_);
    Store given = given_;
    given.columns.resize(program_.steps.size());
    given.bitmaps.resize(program_.steps.size());
    for (const StepId id : shared) {
        given.columns[id] = evaluation.column(id);
        given.bitmaps[id] = evaluation.bitmap(id);
    }
    const std::size_t threads = std::clamp<std::size_t>(control_.threads, 1, std::max<std::size_t>(1, chunks_.size()));
    const std::size_t each = (limit - std::min(limit, schedule.kept_bytes)) / threads;
    parallel_for(chunks_.size(), control_, [&](std::size_t i) {
        run_chunk(chunks_[i], {part_of(each), each}, given, use);
    });
    std::sort(left_over_.begin(), left_over_.end());
    return std::move(left_over_);
}

void Slices::run_chunk(Chunk chunk, Limits limits, const Store& given, const Use& use) {
    const std::size_t most_bytes = chunk.count > 1 ? limits.together : limits.alone;
    const Schedule schedule = make_schedule(program_, roots_of_chunk(chunk), bars_.size(), most_bytes, given);
    if (schedule.peak_bytes <= most_bytes) {
        Evaluation evaluation(program_, schedule, bars_, workspace_, alone_, given);
        return use(std::span(order_).subspan(chunk.first, chunk.count), evaluation);
    }
    if (chunk.count == 1) {
        const std::lock_guard lock(left_over_mutex_);
        left_over_.push_back(order_[chunk.first]);
        return;
    }
    const std::size_t half = chunk.count / 2;
    run_chunk({chunk.first, half}, limits, given, use);
    run_chunk({chunk.first + half, chunk.count - half}, limits, given, use);
}

}  // namespace evolve
