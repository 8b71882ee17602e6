#include "core/engine/backtest.hpp"

#include <string>
#include <utility>

#include "core/engine/compile.hpp"
#include "core/engine/evaluate.hpp"
#include "core/engine/population.hpp"
#include "core/engine/simulate.hpp"

namespace evolve {
namespace {

// The schedule of a lone expression; there is nothing to split.
Schedule lone_schedule(const Program& program, std::span<const StepId> roots, std::size_t bars,
                       const Control& control) {
    Schedule schedule = make_schedule(program, roots, bars, control.memory_limit);
    if (schedule.peak_bytes > control.memory_limit)
        throw Error(
            ErrorCode::limit_exceeded,
            "the expression needs more working memory on " + std::to_string(bars) + " bars than the limit allows", {},
            "Raise the memory limit, use fewer bars or a simpler expression.");
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
    const auto finish = [&](std::size_t i, Journal&& journal) {
        consume(i, with_bars(std::move(journal), bars, control));
    };
    run_population(population, bars, options, control, follow_to_the_end(finish));
}

std::vector<double> evaluate_series(const Node& expression, BarsView bars, const Control& control) {
    const NumberProgram compiled = compile_number(expression);
    std::vector<double> result(bars.size());
    if (bars.empty()) return result;
    const StepId root = compiled.root.step;
    const Schedule schedule = lone_schedule(compiled.program, {&root, 1}, bars.size(), control);
    Workspace workspace(bars.size());
    const Evaluation evaluation(compiled.program, schedule, bars, workspace, control);
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
    const Schedule schedule = lone_schedule(compiled.program, roots, bars.size(), control);
    Workspace workspace(bars.size());
    const Evaluation evaluation(compiled.program, schedule, bars, workspace, control);
    const auto known_true = evaluation.bitmap(compiled.known_true),
               known_false = evaluation.bitmap(compiled.known_false);
    for (std::size_t bar = 0; bar < bars.size(); ++bar) {
        if (test_bit(known_true, bar)) result[bar] = 1;
        if (test_bit(known_false, bar)) result[bar] = 0;
    }
    return result;
}

}  // namespace evolve
