#include "core/engine/schedule.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/engine/expression.hpp"

namespace evolve {
namespace {

using Kind = Step::Kind;

// How a relates to b, as an index into Comparison::steps.
std::size_t relation_of(Kind kind, bool turned) {
    switch (kind) {
        case Kind::greater:
            return turned ? 1 : 0;
        case Kind::greater_equal:
            return turned ? 3 : 2;
        case Kind::equal:
            return 4;
        default:
            return 5;
    }
}

bool before(Operand a, Operand b) { return std::pair(a.step, a.lag) < std::pair(b.step, b.lag); }

// Puts one more comparison to those of the same operands.
class Grouping {
public:
    Grouping(const Program& program, std::vector<Comparison>& into) : program_(program), into_(into) {}

    // Returns its place.
    std::uint32_t add(StepId id) {
        const Step& step = program_.steps[id];
        Operand a = step.args[0], b = step.args[1];
        const bool turned = before(b, a);
        if (turned) std::swap(a, b);
        const auto next = static_cast<std::uint32_t>(into_.size());
        const auto [place, is_new] = places_.try_emplace({a.step, a.lag, b.step, b.lag}, next);
        if (is_new) {
            into_.push_back({.a = a, .b = b, .steps = {}});
            into_.back().steps.fill(no_step);
        }
        into_[place->second].steps[relation_of(step.kind, turned)] = id;
        return place->second;
    }

private:
    const Program& program_;
    std::vector<Comparison>& into_;
    std::map<std::array<std::uint32_t, 4>, std::uint32_t> places_;
};

// Puts comparisons of the same operands together, and finds those that need no step to have run.
void group_scheduled(const Program& program, const Store& given, Schedule& schedule) {
    const auto exists = [&](Operand operand) {
        const Step& step = program.steps[operand.step];
        return given.holds(operand.step) || step.kind == Kind::constant ||
               (step.kind == Kind::series && step.index <= static_cast<std::uint32_t>(PriceSeries::volume));
    };
    schedule.comparison_of.assign(program.steps.size(), 0);
    Grouping grouping(program, schedule.comparisons);
    for (const StepId id : schedule.order) {
        if (!is_comparison(program.steps[id].kind)) continue;
        const std::size_t before_this = schedule.comparisons.size();
        const std::uint32_t place = schedule.comparison_of[id] = grouping.add(id);
        const Comparison& comparison = schedule.comparisons[place];
        if (place == before_this && exists(comparison.a) && exists(comparison.b)) schedule.early.push_back(place);
    }
}

// What a call gives to those who read it.
std::size_t bytes_of_call(const Call& call, std::span<const std::uint32_t> uses, std::size_t bars) {
    const auto read = [&](StepId output) { return output != no_step && uses[output] > 0; };
    return static_cast<std::size_t>(std::count_if(call.outputs.begin(), call.outputs.end(), read)) * bars *
           sizeof(double);
}

// Goes through the schedule as Evaluation does when it makes each call in its turn, only counting.
class Counting {
public:
    Counting(const Program& program, const Schedule& schedule, const Store& given, std::size_t bars)
        : program_(program),
          schedule_(schedule),
          given_(given),
          bars_(bars),
          uses_(schedule.uses),
          compared_(schedule.comparisons.size(), 0) {}

    // The most bytes that are held while each step of the order runs.
    std::vector<std::size_t> run() {
        std::vector<std::size_t> held;
        held.reserve(schedule_.order.size());
        for (const std::uint32_t early : schedule_.early) compare(early);
        for (const StepId id : schedule_.order) {
            add(id);
            held.push_back(now_);  // nothing is given back before a step is done
            for (const Operand operand : program_.steps[id].args) {
                if (given_.holds(operand.step) || --uses_[operand.step] > 0) continue;
                now_ -= bytes_of(program_.steps[operand.step], bars_);
            }
        }
        return held;
    }

    // After the run: what stays.
    std::size_t kept() const { return now_; }

private:
    void compare(std::uint32_t place) {
        if (compared_[place]++ != 0) return;
        for (const StepId step : schedule_.comparisons[place].steps)
            if (step != no_step) now_ += bytes_of(program_.steps[step], bars_);
    }

    void add(StepId id) {
        const Step& step = program_.steps[id];
        if (step.kind == Kind::call)
            now_ += bytes_of_call(program_.calls[step.index], uses_, bars_);
        else if (is_comparison(step.kind))
            compare(schedule_.comparison_of[id]);
        else if (step.kind != Kind::output)
            now_ += bytes_of(step, bars_);
    }

    const Program& program_;
    const Schedule& schedule_;
    const Store& given_;
    std::size_t bars_;
    std::vector<std::uint32_t> uses_;
    std::vector<std::uint8_t> compared_;
    std::size_t now_ = 0;
};

// Puts calls of one indicator on one input together where there is memory for what they give until the last of them is
// read: from the first call's turn on all of it is held.
void batch_calls(const Program& program, std::size_t bars, std::size_t most_bytes, std::span<std::size_t> held,
                 Schedule& schedule) {
    struct Open {
        std::uint32_t batch;
        std::size_t turn;  // of its first call
    };
    std::map<std::pair<const Indicator*, StepId>, Open> open;
    schedule.batch_of.assign(program.steps.size(), 0);
    for (std::size_t turn = 0; turn < schedule.order.size(); ++turn) {
        const StepId id = schedule.order[turn];
        if (program.steps[id].kind != Kind::call) continue;
        const Call& call = program.calls[program.steps[id].index];
        const Open fresh{static_cast<std::uint32_t>(schedule.batches.size()), turn};
        const auto [found, is_new] = open.try_emplace({call.indicator, call.input}, fresh);
        const auto earlier = held.subspan(found->second.turn, turn - found->second.turn);
        const std::size_t bytes = bytes_of_call(call, schedule.uses, bars);
        const bool joins =
            !is_new && call.indicator->compute_many != nullptr &&
            schedule.batches[found->second.batch].size() < most_lanes &&
            std::all_of(earlier.begin(), earlier.end(), [&](std::size_t there) { return there + bytes <= most_bytes; });
        if (joins) {
            for (std::size_t& there : earlier) there += bytes;
        } else {
            found->second = fresh;
            schedule.batches.emplace_back();
        }
        schedule.batch_of[id] = found->second.batch;
        schedule.batches[found->second.batch].push_back(id);
    }
}

}  // namespace

std::vector<Comparison> group_comparisons(const Program& program, std::span<const StepId> comparisons) {
    std::vector<Comparison> result;
    Grouping grouping(program, result);
    for (const StepId id : comparisons) grouping.add(id);
    return result;
}

std::size_t bytes_of(const Step& step, std::size_t bars) {
    switch (step.kind) {
        case Kind::constant:
        case Kind::call:
            return 0;
        case Kind::series:
            return step.index <= static_cast<std::uint32_t>(PriceSeries::volume) ? 0 : bars * sizeof(double);
        default:
            return is_bitmap(step.kind) ? bitmap_words(bars) * sizeof(std::uint64_t) : bars * sizeof(double);
    }
}

Schedule make_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars, std::size_t most_bytes,
                       const Store& given) {
    Schedule schedule;
    schedule.uses.assign(program.steps.size(), 0);
    for (const StepId root : roots)
        if (root != no_step && !given.holds(root)) ++schedule.uses[root];
    // Readers come after what they read: from the end, every step that still counts is known to be needed.
    for (std::size_t id = program.steps.size(); id-- > 0;) {
        if (schedule.uses[id] == 0) continue;
        schedule.order.push_back(static_cast<StepId>(id));
        for (const Operand operand : program.steps[id].args)
            if (!given.holds(operand.step)) ++schedule.uses[operand.step];
    }
    std::reverse(schedule.order.begin(), schedule.order.end());
    group_scheduled(program, given, schedule);
    Counting counting(program, schedule, given, bars);
    std::vector<std::size_t> held = counting.run();
    schedule.kept_bytes = counting.kept();
    batch_calls(program, bars, most_bytes, held, schedule);
    if (!held.empty()) schedule.peak_bytes = *std::max_element(held.begin(), held.end());
    return schedule;
}

}  // namespace evolve
