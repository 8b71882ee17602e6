#include "core/engine/population.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/base/parallel.hpp"
#include "core/engine/compile.hpp"
#include "core/engine/evaluate.hpp"
#include "core/engine/rule_order.hpp"

namespace evolve {
namespace {

// Rulesets evaluated together at most: their bitmaps should stay in the cache.
constexpr std::size_t most_together = 256;
// Columns that a chunk may hold beside the shared ones where memory is plenty.
constexpr std::size_t columns_of_chunk = 40;

[[noreturn]] void throw_too_large(std::size_t needed, std::size_t limit, std::size_t bars) {
    const auto megabytes = [](std::size_t bytes) { return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MB"; };
    throw Error(ErrorCode::limit_exceeded,
                "one ruleset on " + std::to_string(bars) + " bars needs " + megabytes(needed) +
                    " of working memory, the limit is " + megabytes(limit),
                {}, "Raise the memory limit, use fewer bars or a simpler ruleset.");
}

RuleValues values_of(const Rule& rule, const Evaluation& evaluation) {
    const auto bits = [&](StepId step) {
        return step == no_step ? std::span<const std::uint64_t>{} : evaluation.bitmap(step);
    };
    const auto atr = [&](const std::optional<LevelRule>& level) {
        return !level || level->atr == no_step ? std::span<const double>{} : evaluation.column(level->atr);
    };
    return {.long_entry = bits(rule.long_entry),
            .long_exit = bits(rule.long_exit),
            .short_entry = bits(rule.short_entry),
            .short_exit = bits(rule.short_exit),
            .stop_atr = atr(rule.stop_loss),
            .target_atr = atr(rule.take_profit),
            .trailing_atr = atr(rule.trailing_stop)};
}

// Rules [first, first + count) in the order in which they are run.
struct Chunk {
    std::size_t first = 0, count = 0;
};

class Run {
public:
    Run(std::span<const Ruleset> population, const BarsView& bars, const BacktestOptions& options,
        const Control& control, const std::function<void(std::size_t, Journal&&)>& consume)
        : population_(population),
          bars_(bars),
          options_(options),
          control_(control),
          alone_(control),
          consume_(consume),
          program_(compile(population)),
          workspace_(bars.size()) {
        alone_.threads = 1;
        if (std::any_of(program_.rules.begin(), program_.rules.end(), needs_ranges)) ranges_.emplace(bars_, control_);
        const std::size_t threads = std::max(control.threads, 1u);
        const std::size_t together =
            std::clamp<std::size_t>(population.size() / (threads > 1 ? 4 * threads : 1), 1, most_together);
        const std::size_t column_bytes = std::max<std::size_t>(1, bars_.size() * sizeof(double));
        const RuleOrder order = order_rules(
            program_, std::max<std::size_t>(2, part_of(control_.memory_limit * 2 / 3) / column_bytes * 3 / 4),
            shared_part() / column_bytes, control_);
        order_ = order.rules;
        rules_.reserve(order_.size());
        for (const std::uint32_t rule : order_) rules_.push_back(program_.rules[rule]);
        for (std::size_t i = 0; i < order_.size(); ++i) {
            if (i == 0 || order.begins[i] != 0 || chunks_.back().count == together) chunks_.push_back({i, 0});
            ++chunks_.back().count;
        }
    }

    void all() {
        with_shared();
        for (const std::size_t rule : leftovers_) alone(rule);
    }

private:
    // Memory for what chunks share, and for one chunk out of what is left to each thread.
    std::size_t shared_part() const { return control_.memory_limit / 5; }
    std::size_t part_of(std::size_t each) const {
        const std::size_t all = std::max(control_.memory_limit / 8, columns_of_chunk * bars_.size() * sizeof(double));
        return std::min(each, all / std::max(control_.threads, 1u));
    }
    void with_shared();
    std::vector<StepId> steps_to_share(std::size_t budget);
    std::vector<std::uint32_t> readers_among_chunks();
    struct Limits {
        std::size_t together, alone;  // bytes for several rulesets, for one
    };
    void run_chunk(Chunk chunk, Limits limits, std::span<const std::uint8_t> given, const Evaluation* shared);
    void alone(std::size_t rule);
    // Rules that belong to the rulesets of these indexes.
    void simulate_rules(std::span<const Rule> rules, std::span<const std::uint32_t> indexes,
                        const Evaluation& evaluation) const;
    std::span<const Rule> rules_of(Chunk chunk) const { return std::span(rules_).subspan(chunk.first, chunk.count); }

    // Calls visit(step) once for each step that the chunk needs; where it returns false, what that step reads is left
    // out unless something else needs it.
    template <class Visit>
    void for_each_step(Chunk chunk, std::vector<std::uint32_t>& seen, std::uint32_t mark, Visit&& visit) const {
        std::vector<StepId> open = roots_of(rules_of(chunk));
        while (!open.empty()) {
            const StepId id = open.back();
            open.pop_back();
            if (id == no_step || seen[id] == mark) continue;
            seen[id] = mark;
            if (!visit(id)) continue;
            for (const Operand operand : program_.steps[id].args) open.push_back(operand.step);
        }
    }

    std::span<const Ruleset> population_;
    const BarsView& bars_;
    const BacktestOptions& options_;
    const Control& control_;
    Control alone_;  // one thread
    const std::function<void(std::size_t, Journal&&)>& consume_;
    Program program_;
    Workspace workspace_;
    std::optional<PriceRanges> ranges_;
    std::vector<std::uint32_t> order_;  // rulesets, in the order in which they are run
    std::vector<Rule> rules_;           // in this order
    std::vector<Chunk> chunks_;
    std::mutex leftovers_mutex_;
    std::vector<std::size_t> leftovers_;  // rulesets that need more than one thread's part of the memory
};

std::vector<std::uint32_t> Run::readers_among_chunks() {
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
std::vector<StepId> Run::steps_to_share(std::size_t budget) {
    constexpr std::uint32_t many = 4;  // steps
    const std::vector<std::uint32_t> readers = readers_among_chunks();
    std::vector<std::uint32_t> uses(readers.size(), 0);
    for (const Step& step : program_.steps)
        for (const Operand operand : step.args) ++uses[operand.step];
    std::vector<StepId> candidates;
    for (StepId id = 0; id < readers.size(); ++id) {
        const Step& step = program_.steps[id];
        if ((readers[id] > 1 || (uses[id] >= many && !is_bitmap(step.kind))) && bytes_of(step, bars_.size()) > 0)
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

void Run::with_shared() {
    const std::size_t limit = control_.memory_limit;
    std::vector<StepId> shared;
    Schedule schedule;
    std::size_t needed = 0;
    if (chunks_.size() > 1) {
        for (std::size_t budget = shared_part(); budget > 0; budget /= 2) {
            shared = steps_to_share(budget);
            schedule = make_schedule(program_, shared, bars_.size());
            needed = schedule.peak_bytes;
            if (needed <= limit / 3) break;
            shared.clear();
        }
        if (shared.empty()) schedule = make_schedule(program_, shared, bars_.size());
    } else {
        schedule.uses.assign(program_.steps.size(), 0);
    }
    // Side by side, steps keep their values until all of a level are done: only when even all values together are few.
    std::size_t all_values = 0;
    for (const StepId id : schedule.order) all_values += bytes_of(program_.steps[id], bars_.size());
    std::vector<std::uint8_t> given(program_.steps.size(), 0);
    for (const StepId id : shared) given[id] = 1;

    const Evaluation evaluation(program_, schedule, bars_, workspace_, all_values <= limit * 2 / 5 ? control_ : alone_);
    const std::size_t threads = std::clamp<std::size_t>(control_.threads, 1, chunks_.size());
    const std::size_t each = (limit - std::min(limit, schedule.kept_bytes)) / threads;
    parallel_for(chunks_.size(), control_, [&](std::size_t i) {
        run_chunk(chunks_[i], {part_of(each), each}, given, &evaluation);
    });
}

void Run::run_chunk(Chunk chunk, Limits limits, std::span<const std::uint8_t> given, const Evaluation* shared) {
    const Schedule schedule = make_schedule(program_, roots_of(rules_of(chunk)), bars_.size(), given);
    if (schedule.peak_bytes <= (chunk.count > 1 ? limits.together : limits.alone)) {
        const Evaluation evaluation(program_, schedule, bars_, workspace_, alone_, shared);
        return simulate_rules(rules_of(chunk), std::span(order_).subspan(chunk.first), evaluation);
    }
    if (chunk.count == 1) {
        const std::lock_guard lock(leftovers_mutex_);
        leftovers_.push_back(order_[chunk.first]);
        return;
    }
    const std::size_t half = chunk.count / 2;
    run_chunk({chunk.first, half}, limits, given, shared);
    run_chunk({chunk.first + half, chunk.count - half}, limits, given, shared);
}

// One ruleset with all the memory there is, compiled by itself: the population's order of steps may keep values longer
// than its own does.
void Run::alone(std::size_t rule) {
    const Program program = compile(population_.subspan(rule, 1));
    const Schedule schedule = make_schedule(program, roots_of(program.rules), bars_.size());
    if (schedule.peak_bytes > control_.memory_limit)
        throw_too_large(schedule.peak_bytes, control_.memory_limit, bars_.size());
    const auto index = static_cast<std::uint32_t>(rule);
    simulate_rules(program.rules, {&index, 1}, Evaluation(program, schedule, bars_, workspace_, alone_));
}

void Run::simulate_rules(std::span<const Rule> rules, std::span<const std::uint32_t> indexes,
                         const Evaluation& evaluation) const {
    const PriceRanges* ranges = ranges_ ? &*ranges_ : nullptr;
    Journal journal;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        control_.check();
        simulate(rules[i], values_of(rules[i], evaluation), bars_, ranges, options_, control_, journal);
        consume_(indexes[i], std::move(journal));
    }
}

}  // namespace

void run_population(std::span<const Ruleset> population, const BarsView& bars, const BacktestOptions& options,
                    const Control& control, const std::function<void(std::size_t, Journal&&)>& consume) {
    if (!population.empty()) Run(population, bars, options, control, consume).all();
}

Sharing sharing_of(std::span<const Ruleset> population) {
    Sharing result{.separate_steps = 0, .steps = compile(population).steps.size()};
    for (std::size_t i = 0; i < population.size(); ++i)
        result.separate_steps += compile(population.subspan(i, 1)).steps.size();
    return result;
}

}  // namespace evolve
