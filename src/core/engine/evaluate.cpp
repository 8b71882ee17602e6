#include "core/engine/evaluate.hpp"

#include <algorithm>
#include <array>

namespace evolve {
namespace {

using Kind = Step::Kind;

// Bytes that a step's value takes; borrowed columns and constants take none. Outputs are paid for by their call.
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

// Goes through the schedule as Evaluation does, only counting.
std::size_t peak_bytes(const Program& program, const Schedule& schedule, std::size_t bars) {
    std::vector<std::uint32_t> uses = schedule.uses;
    std::size_t now = 0, peak = 0;
    for (const StepId id : schedule.order) {
        const Step& step = program.steps[id];
        if (step.kind == Kind::call) {
            const Call& call = program.calls[step.index];
            peak = std::max(peak, now + call.outputs.size() * bars * sizeof(double));
            for (const StepId output : call.outputs)
                if (output != no_step && uses[output] > 0) now += bars * sizeof(double);
        } else if (step.kind != Kind::output) {
            now += bytes_of(step, bars);
            peak = std::max(peak, now);
        }
        for (const Operand operand : step.args)
            if (--uses[operand.step] == 0) now -= bytes_of(program.steps[operand.step], bars);
    }
    return peak;
}

}  // namespace

Schedule make_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars) {
    Schedule schedule;
    schedule.uses.assign(program.steps.size(), 0);
    for (const StepId root : roots)
        if (root != no_step) ++schedule.uses[root];
    // Readers come after what they read: from the end, every step that still counts is known to be needed.
    for (std::size_t id = program.steps.size(); id-- > 0;) {
        if (schedule.uses[id] == 0) continue;
        schedule.order.push_back(static_cast<StepId>(id));
        for (const Operand operand : program.steps[id].args) ++schedule.uses[operand.step];
    }
    std::reverse(schedule.order.begin(), schedule.order.end());
    schedule.peak_bytes = peak_bytes(program, schedule, bars);
    return schedule;
}

std::vector<StepId> roots_of(std::span<const Rule> rules) {
    std::vector<StepId> roots;
    roots.reserve(rules.size() * 7);
    for (const Rule& rule : rules) {
        roots.insert(roots.end(), {rule.long_entry, rule.long_exit, rule.short_entry, rule.short_exit});
        for (const auto* level : {&rule.stop_loss, &rule.take_profit, &rule.trailing_stop})
            if (*level) roots.push_back((*level)->atr);
    }
    return roots;
}

Evaluation::Evaluation(const Program& program, const Schedule& schedule, const BarsView& bars, const Control& control)
    : program_(program),
      bars_(bars),
      control_(control),
      uses_(schedule.uses),
      columns_(program.steps.size()),
      bitmaps_(program.steps.size()) {
    for (const StepId id : schedule.order) {
        control_.check();
        run(id);
        for (const Operand operand : program_.steps[id].args) release(operand.step);
    }
}

std::span<double> Evaluation::allocate(StepId step) {
    columns_[step].owned = std::make_unique_for_overwrite<double[]>(bars_.size());
    const std::span<double> column(columns_[step].owned.get(), bars_.size());
    columns_[step].values = column;
    return column;
}

Values Evaluation::values_of(Operand operand) const {
    const Step& step = program_.steps[operand.step];
    if (step.kind == Kind::constant) return {.column = {}, .lag = 0, .constant = step.value};
    return {.column = columns_[operand.step].values, .lag = operand.lag, .constant = 0};
}

void Evaluation::release(StepId step) {
    if (--uses_[step] > 0) return;
    columns_[step] = {};
    bitmaps_[step] = {};
}

// All outputs are computed together; those that nobody reads go at once.
void Evaluation::run_call(const Step& step) {
    const Call& call = program_.calls[step.index];
    std::vector<std::unique_ptr<double[]>> unread;
    std::vector<std::span<double>> outputs;
    for (const StepId output : call.outputs) {
        if (output != no_step && uses_[output] > 0) {
            outputs.push_back(allocate(output));
        } else {
            unread.push_back(std::make_unique_for_overwrite<double[]>(bars_.size()));
            outputs.emplace_back(unread.back().get(), bars_.size());
        }
    }
    const std::span<const double> input =
        call.input == no_step ? std::span<const double>{} : columns_[call.input].values;
    compute_indicator(*call.indicator, input, bars_, call.arguments, outputs, control_);
}

void Evaluation::combine(const Step& step, Bitmap& out) const {
    out = bitmaps_[step.args[0].step];
    switch (step.kind) {
        case Kind::shift:
            bits_shift(out, step.index, bars_.size());
            break;
        case Kind::all_of:
            bits_all_of(out, step.index, bars_.size());
            break;
        case Kind::any_of:
            bits_any_of(out, step.index, bars_.size());
            break;
        default:
            for (std::size_t i = 1; i < step.args.size(); ++i) {
                const Bitmap& other = bitmaps_[step.args[i].step];
                step.kind == Kind::conjunction ? bits_and(out, other) : bits_or(out, other);
            }
    }
}

void Evaluation::run(StepId id) {
    const Step& step = program_.steps[id];
    switch (step.kind) {
        case Kind::constant:
        case Kind::output:
            return;
        case Kind::series: {
            const std::array<std::span<const double>, 5> given{bars_.open, bars_.high, bars_.low, bars_.close,
                                                               bars_.volume};
            if (step.index < given.size())
                columns_[id].values = given[step.index];
            else
                compute_price_series(static_cast<PriceSeries>(step.index), bars_, allocate(id), control_);
            return;
        }
        case Kind::call:
            return run_call(step);
        case Kind::greater:
        case Kind::greater_equal:
        case Kind::equal:
        case Kind::not_equal:
            bitmaps_[id].resize(bitmap_words(bars_.size()));
            return compare_columns(step.kind, values_of(step.args[0]), values_of(step.args[1]), bars_.size(),
                                   bitmaps_[id], control_);
        case Kind::shift:
        case Kind::all_of:
        case Kind::any_of:
        case Kind::conjunction:
        case Kind::disjunction:
            return combine(step, bitmaps_[id]);
        default:
            return compute_column(step.kind, values_of(step.args.front()), values_of(step.args.back()), allocate(id),
                                  control_);
    }
}

}  // namespace evolve
