#include "core/engine/evaluate.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "core/base/task_graph.hpp"

namespace evolve {
namespace {

using Kind = Step::Kind;

}  // namespace

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

Evaluation::Evaluation(const Program& program, const Schedule& schedule, const BarsView& bars, Workspace& workspace,
                       const Control& control, const Store& given)
    : program_(program),
      schedule_(schedule),
      bars_(bars),
      workspace_(workspace),
      control_(control),
      given_(given),
      uses_(schedule.uses),
      columns_(program.steps.size()),
      bitmaps_(program.steps.size()) {
    const std::array<std::span<const double>, 5> raw{bars_.open, bars_.high, bars_.low, bars_.close, bars_.volume};
    for (const StepId id : schedule.order) {
        const Step& step = program_.steps[id];
        if (step.kind == Kind::series && step.index < raw.size()) columns_[id].values = raw[step.index];
    }
    try {
        compare_early();
        control.threads > 1 ? run_side_by_side(control) : run_in_order();
    } catch (...) {
        give_back_all();
        throw;
    }
}

const Store& Evaluation::no_values() {
    static const Store none;
    return none;
}

void Evaluation::run_in_order() {
    for (const StepId id : schedule_.order) {
        control_.check();
        run(id);
        for (const Operand operand : program_.steps[id].args) release(operand.step);
    }
}

// What is run at once: all calls of a batch with what they give, all comparisons of two numbers, or one step. Its first
// step stands for it.
StepId Evaluation::unit_of(StepId id) const {
    const Step& step = program_.steps[id];
    if (step.kind == Kind::output) return unit_of(step.args[0].step);
    if (step.kind == Kind::call) return schedule_.batches[schedule_.batch_of[id]].front();
    if (!is_comparison(step.kind)) return id;
    for (const StepId other : schedule_.comparisons[schedule_.comparison_of[id]].steps)
        if (other != no_step) id = std::min(id, other);
    return id;
}

// Who reads a value that was just made comes next, so that it is in the cache, and its memory soon another's. Large
// batches come first, so that no thread is left with one at the end.
void Evaluation::run_side_by_side(const Control& control) {
    const auto is_at_hand = [&](StepId id) {
        return program_.steps[id].kind == Kind::constant || !columns_[id].values.empty();
    };
    std::vector<StepId> units;
    for (const StepId id : schedule_.order)
        if (unit_of(id) == id && !is_at_hand(id)) units.push_back(id);
    const auto size = [&](StepId id) {
        return program_.steps[id].kind == Kind::call ? schedule_.batches[schedule_.batch_of[id]].size() : 0;
    };
    std::stable_sort(units.begin(), units.end(), [&](StepId a, StepId b) { return size(a) > size(b); });
    std::vector<std::uint32_t> place(program_.steps.size(), 0);
    for (std::uint32_t i = 0; i < units.size(); ++i) place[units[i]] = i;
    std::vector<std::vector<StepId>> members(units.size());
    TaskGraph graph(units.size());
    for (const StepId id : schedule_.order) {
        if (is_at_hand(id)) continue;
        const std::uint32_t unit = place[unit_of(id)];
        members[unit].push_back(id);
        for (const Operand operand : program_.steps[id].args) {
            if (uses_[operand.step] == 0 || is_at_hand(operand.step)) continue;
            if (const std::uint32_t other = place[unit_of(operand.step)]; other != unit) graph.needs(unit, other);
        }
    }
    workspace_.make_columns_ready(columns_to_begin_with(units, control), control);
    graph.run(
        control, [&](std::size_t unit) { run(units[unit]); },
        [&](std::size_t unit) {
            for (const StepId id : members[unit])
                for (const Operand operand : program_.steps[id].args) release(operand.step);
        });
}

// Those that stay, and those of the first batches, one for each thread.
std::size_t Evaluation::columns_to_begin_with(std::span<const StepId> units, const Control& control) const {
    const auto read = [&](StepId output) { return output != no_step && uses_[output] > 0; };
    std::vector<std::uint32_t> reads(program_.steps.size(), 0);
    for (const StepId id : schedule_.order)
        for (const Operand operand : program_.steps[id].args) ++reads[operand.step];
    std::size_t count = 0;
    for (const StepId id : schedule_.order)
        if (program_.steps[id].kind == Kind::output && uses_[id] > reads[id]) ++count;  // its root's
    for (const StepId unit : units.first(std::min<std::size_t>(units.size(), control.threads))) {
        if (program_.steps[unit].kind != Kind::call) break;
        for (const StepId id : schedule_.batches[schedule_.batch_of[unit]]) {
            const Call& call = program_.calls[program_.steps[id].index];
            count += static_cast<std::size_t>(std::count_if(call.outputs.begin(), call.outputs.end(), read));
        }
    }
    return count;
}

std::span<double> Evaluation::allocate(StepId step) {
    const std::span<double> column = workspace_.take_column();
    columns_[step] = {.values = column, .owned = true};
    return column;
}

Values Evaluation::values_of(Operand operand) const {
    const Step& step = program_.steps[operand.step];
    if (step.kind == Kind::constant) return {.column = {}, .lag = 0, .constant = step.value};
    return {.column = column(operand.step), .lag = operand.lag, .constant = 0};
}

void Evaluation::release(StepId step) {
    if (uses_[step] == 0 || --uses_[step] > 0) return;  // 0: given, not this evaluation's
    give_back(step);
}

void Evaluation::give_back(StepId step) {
    if (columns_[step].owned) workspace_.give_back(columns_[step].values);
    if (!bitmaps_[step].empty()) workspace_.give_back(bitmaps_[step]);
    columns_[step] = {};
    bitmaps_[step] = {};
}

void Evaluation::give_back_all() {
    for (const StepId step : schedule_.order) give_back(step);
}

RelationBits Evaluation::allocate_bits(const Comparison& comparison) {
    std::array<std::uint64_t*, 6> bits{};
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (comparison.steps[i] == no_step) continue;
        bitmaps_[comparison.steps[i]] = workspace_.take_bitmap();
        bits[i] = bitmaps_[comparison.steps[i]].data();
    }
    return {bits[0], bits[1], bits[2], bits[3], bits[4], bits[5]};
}

void Evaluation::compare(const Comparison& comparison) {
    constexpr std::size_t words_per_poll = bars_per_poll / bits_per_word;
    for (const StepId step : comparison.steps)
        if (step != no_step && !bitmaps_[step].empty()) return;  // made with one of the others
    const RelationBits bits = allocate_bits(comparison);
    const Values a = values_of(comparison.a), b = values_of(comparison.b);
    const std::size_t words = bitmap_words(bars_.size());
    for (std::size_t word = 0; word < words; word += words_per_poll) {
        control_.check();
        compare_columns(a, b, bars_.size(), bits, word, std::min(words, word + words_per_poll));
    }
}

// Comparisons whose columns are all there go over the series side by side, in blocks that stay in the cache while one
// comparison after the other reads them. Where a column is unknown is looked up once a block.
void Evaluation::compare_early() {
    constexpr std::size_t words_per_block = 16, no_column = ~std::size_t{0};
    struct Work {
        Values a, b;
        RelationBits bits;
        std::size_t column_a, column_b;  // no_column: something else than two columns as they are
    };
    std::vector<Work> work;
    std::vector<std::span<const double>> columns;
    std::unordered_map<const double*, std::size_t> places;
    const auto place_of = [&](const Values& values) {
        const auto [place, is_new] = places.try_emplace(values.column.data(), columns.size());
        if (is_new) columns.push_back(values.column);
        return place->second;
    };
    work.reserve(schedule_.early.size());
    for (const std::uint32_t place : schedule_.early) {
        const Comparison& comparison = schedule_.comparisons[place];
        const Values a = values_of(comparison.a), b = values_of(comparison.b);
        const bool plain = !a.is_constant() && !b.is_constant() && a.lag == 0 && b.lag == 0;
        work.push_back(
            {a, b, allocate_bits(comparison), plain ? place_of(a) : no_column, plain ? place_of(b) : no_column});
    }
    std::vector<std::array<std::uint64_t, words_per_block>> unknown(columns.size());
    const std::size_t words = work.empty() ? 0 : bitmap_words(bars_.size()), whole = bars_.size() / bits_per_word;
    const Kernels& use = kernels();
    for (std::size_t word = 0; word < words; word += words_per_block) {
        control_.check();
        const std::size_t end = std::min(words, word + words_per_block), bar = word * bits_per_word;
        const bool full = end <= whole;
        for (std::size_t i = 0; i < columns.size() && full; ++i)
            use.mark_unknown(columns[i].data() + bar, end - word, unknown[i].data());
        for (const Work& one : work) {
            if (full && one.column_a != no_column)
                use.compare_known(one.a.column.data() + bar, one.b.column.data() + bar, unknown[one.column_a].data(),
                                  unknown[one.column_b].data(), end - word, one.bits.from(word));
            else
                compare_columns(one.a, one.b, bars_.size(), one.bits, word, end);
        }
    }
}

// All outputs that somebody reads are computed together, those of the whole batch when its first call comes.
void Evaluation::run_call(StepId id) {
    const std::vector<StepId>& batch = schedule_.batches[schedule_.batch_of[id]];
    if (batch.front() != id) return;
    std::vector<std::vector<std::span<double>>> outputs(batch.size());
    std::vector<IndicatorCall> calls;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Call& call = program_.calls[program_.steps[batch[i]].index];
        for (const StepId output : call.outputs)
            outputs[i].push_back(output != no_step && uses_[output] > 0 ? allocate(output) : std::span<double>{});
        calls.push_back({call.arguments, outputs[i]});
    }
    const Call& call = program_.calls[program_.steps[id].index];
    const std::span<const double> input = call.input == no_step ? std::span<const double>{} : column(call.input);
    compute_indicators(*call.indicator, input, bars_, calls, control_);
}

void Evaluation::combine(StepId id, const Step& step) {
    std::span<std::uint64_t> out = bitmaps_[id] = workspace_.take_bitmap();
    const auto first = bitmap(step.args[0].step);
    switch (step.kind) {
        case Kind::shift:
            return bits_shift(out, first, step.index, bars_.size());
        case Kind::all_of:
            std::copy(first.begin(), first.end(), out.begin());
            return bits_all_of(out, step.index, bars_.size());
        case Kind::any_of:
            std::copy(first.begin(), first.end(), out.begin());
            return bits_any_of(out, step.index, bars_.size());
        default:
            break;
    }
    const auto join = step.kind == Kind::conjunction ? bits_and : bits_or;
    join(out, first, bitmap(step.args[1].step));
    for (std::size_t i = 2; i < step.args.size(); ++i) {
        const std::span<std::uint64_t> more = workspace_.take_bitmap();
        join(more, out, bitmap(step.args[i].step));
        workspace_.give_back(out);
        out = bitmaps_[id] = more;
    }
}

void Evaluation::run(StepId id) {
    const Step& step = program_.steps[id];
    switch (step.kind) {
        case Kind::constant:
        case Kind::output:
            return;
        case Kind::series:
            if (columns_[id].values.empty())
                compute_price_series(static_cast<PriceSeries>(step.index), bars_, allocate(id), control_);
            return;
        case Kind::call:
            return run_call(id);
        case Kind::greater:
        case Kind::greater_equal:
        case Kind::equal:
        case Kind::not_equal:
            return compare(schedule_.comparisons[schedule_.comparison_of[id]]);
        case Kind::shift:
        case Kind::all_of:
        case Kind::any_of:
        case Kind::conjunction:
        case Kind::disjunction:
            return combine(id, step);
        default:
            return compute_column(step.kind, values_of(step.args.front()), values_of(step.args.back()), allocate(id),
                                  control_);
    }
}

}  // namespace evolve
