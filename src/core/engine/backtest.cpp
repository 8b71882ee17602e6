#include "core/engine/backtest.hpp"

#include <string>
#include <utility>

#include "core/base/parallel.hpp"
#include "core/engine/compile.hpp"
#include "core/engine/evaluate.hpp"
#include "core/engine/simulate.hpp"

namespace evolve {
namespace {

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

class Run {
public:
    Run(std::span<const Ruleset> population, const BarsView& bars, const BacktestOptions& options,
        const Control& control, const std::function<void(std::size_t, Backtest&&)>& consume)
        : population_(population), bars_(bars), options_(options), control_(control), consume_(consume) {}

    void all() const { rules(compile(population_), 0, 0, population_.size()); }

private:
    // Rules [first, first + count) of the program, which belong to rulesets from `offset` + first on: together when
    // their values fit into memory, else in halves.
    void rules(const Program& program, std::size_t offset, std::size_t first, std::size_t count) const {
        const std::span<const Rule> slice = std::span(program.rules).subspan(first, count);
        const Schedule schedule = make_schedule(program, roots_of(slice), bars_.size());
        if (schedule.peak_bytes > control_.memory_limit) {
            if (count > 1) {
                rules(program, offset, first, count / 2);
                rules(program, offset, first + count / 2, count - count / 2);
                return;
            }
            if (program.rules.size() == 1) throw_too_large(schedule.peak_bytes, control_.memory_limit, bars_.size());
            // The population's order of steps may keep values longer than the ruleset's own, which decides.
            rules(compile(population_.subspan(offset + first, 1)), offset + first, 0, 1);
            return;
        }
        const Evaluation evaluation(program, schedule, bars_, control_);
        parallel_for(count, control_, [&](std::size_t i) {
            consume_(offset + first + i,
                     simulate(slice[i], values_of(slice[i], evaluation), bars_, options_, control_));
        });
    }

    std::span<const Ruleset> population_;
    const BarsView& bars_;
    const BacktestOptions& options_;
    const Control& control_;
    const std::function<void(std::size_t, Backtest&&)>& consume_;
};

// The schedule of a lone expression; there is nothing to split.
Schedule lone_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars,
                       const Control& control) {
    Schedule schedule = make_schedule(program, roots, bars);
    if (schedule.peak_bytes > control.memory_limit) throw_too_large(schedule.peak_bytes, control.memory_limit, bars);
    return schedule;
}

}  // namespace

std::string_view to_string(TradeSide side) { return side == TradeSide::long_side ? "long" : "short"; }

std::string_view to_string(ExitReason reason) {
    switch (reason) {
        case ExitReason::open:
            return "open";
        case ExitReason::signal:
            return "signal";
        case ExitReason::reversal:
            return "reversal";
        case ExitReason::stop_loss:
            return "stop_loss";
        case ExitReason::take_profit:
            return "take_profit";
        case ExitReason::trailing_stop:
            return "trailing_stop";
        case ExitReason::max_bars:
            return "max_bars";
    }
    return "";
}

Backtest backtest(const Ruleset& ruleset, BarsView bars, const BacktestOptions& options, const Control& control) {
    Backtest result;
    backtest_many({&ruleset, 1}, bars, options, control, [&](std::size_t, Backtest&& one) { result = std::move(one); });
    return result;
}

void backtest_many(std::span<const Ruleset> population, BarsView bars, const BacktestOptions& options,
                   const Control& control, const std::function<void(std::size_t index, Backtest&& result)>& consume) {
    check_options(options, bars.size());
    if (bars.empty()) {
        compile(population);  // a ruleset that is wrong is wrong without bars too
        for (std::size_t i = 0; i < population.size(); ++i) consume(i, {});
        return;
    }
    if (!population.empty()) Run(population, bars, options, control, consume).all();
}

std::vector<double> evaluate_series(const Node& expression, BarsView bars, const Control& control) {
    const NumberProgram compiled = compile_number(expression);
    std::vector<double> result(bars.size());
    if (bars.empty()) return result;
    const StepId root = compiled.root.step;
    const Evaluation evaluation(compiled.program, lone_schedule(compiled.program, {&root, 1}, bars.size(), control),
                                bars, control);
    const Step& step = compiled.program.steps[root];
    const bool is_constant = step.kind == Step::Kind::constant;
    const Values values{.column = is_constant ? std::span<const double>{} : evaluation.column(root),
                        .lag = compiled.root.lag,
                        .constant = step.value};
    compute_column(Step::Kind::lagged, values, values, result, control);
    return result;
}

std::vector<std::int8_t> evaluate_condition(const Node& condition, BarsView bars, const Control& control) {
    const ConditionProgram compiled = compile_condition(condition);
    std::vector<std::int8_t> result(bars.size(), -1);
    if (bars.empty()) return result;
    const StepId roots[] = {compiled.known_true, compiled.known_false};
    const Evaluation evaluation(compiled.program, lone_schedule(compiled.program, roots, bars.size(), control), bars,
                                control);
    const auto known_true = evaluation.bitmap(compiled.known_true),
               known_false = evaluation.bitmap(compiled.known_false);
    for (std::size_t bar = 0; bar < bars.size(); ++bar) {
        if (test_bit(known_true, bar)) result[bar] = 1;
        if (test_bit(known_false, bar)) result[bar] = 0;
    }
    return result;
}

}  // namespace evolve
