#include "core/engine/compile.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include "core/base/error.hpp"
#include "core/engine/id_table.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

using Kind = Step::Kind;

// Far above the ceiling of look-backs, far below where sums of lags overflow.
constexpr std::uint32_t most_bars = 1'000'000'000;

constexpr std::array<std::pair<std::string_view, PriceSeries>, 8> series_names{{{"open", PriceSeries::open},
                                                                                {"high", PriceSeries::high},
                                                                                {"low", PriceSeries::low},
                                                                                {"close", PriceSeries::close},
                                                                                {"volume", PriceSeries::volume},
                                                                                {"hl2", PriceSeries::hl2},
                                                                                {"hlc3", PriceSeries::hlc3},
                                                                                {"ohlc4", PriceSeries::ohlc4}}};

double fold(Kind kind, double a, double b) {
    if (kind == Kind::negate) return -a;
    if (kind == Kind::absolute) return std::fabs(a);
    const double value = kind == Kind::add        ? a + b
                         : kind == Kind::subtract ? a - b
                         : kind == Kind::multiply ? a * b
                                                  : a / b;
    return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

Kind kind_of(Op op) {
    switch (op) {
        case Op::negate:
            return Kind::negate;
        case Op::absolute:
            return Kind::absolute;
        case Op::add:
            return Kind::add;
        case Op::subtract:
            return Kind::subtract;
        case Op::multiply:
            return Kind::multiply;
        case Op::divide:
            return Kind::divide;
        default:
            throw Error(ErrorCode::type_mismatch, "a condition stands where a number is needed");
    }
}

constexpr std::span<const Operand> no_args;

// Whether binding would change anything.
bool has_parameters(const Node& node) {
    return node.op == Op::parameter || std::ranges::any_of(node.args, has_parameters);
}
bool has_parameters(const Ruleset& ruleset) {
    bool has = false;
    for_each_root(ruleset, [&](const Node& root, const char*) { has = has || has_parameters(root); });
    return has;
}

void need_args(const Node& node, std::size_t count) {
    if (node.args.size() != count)
        throw Error(ErrorCode::invalid_ruleset, "an operator with " + std::to_string(node.args.size()) +
                                                    " arguments instead of " + std::to_string(count));
}

class Compiler {
public:
    explicit Compiler(Program& program) : program_(program) {}

    Operand number(const Node& node);
    // The bitmap that says where the condition is known to be `truth`.
    StepId condition(const Node& node, bool truth);
    void add_rule(const Ruleset& ruleset);

private:
    StepId intern(Kind kind, std::uint32_t index, double value, std::span<const Operand> args);
    StepId intern(Kind kind, std::uint32_t index, double value, std::initializer_list<Operand> args) {
        return intern(kind, index, value, std::span(args.begin(), args.size()));
    }
    StepId constant(double value) { return intern(Kind::constant, 0, value, no_args); }
    bool is_constant(Operand operand) const { return program_.steps[operand.step].kind == Kind::constant; }
    double constant_value(const Node& node);
    std::uint32_t bars(const Node& node, double least);

    Operand lag(Operand operand, std::uint32_t bars);
    Operand arithmetic(Kind kind, const std::vector<Node>& nodes);
    Operand indicator(const Node& node);
    Operand output_of(const Indicator& indicator, std::vector<double> arguments, StepId input, std::uint32_t output);
    StepId column(Operand operand);

    StepId compare(Kind kind, Operand a, Operand b);
    StepId comparison(Op op, Operand a, Operand b, bool truth);
    StepId cross(Op op, Operand a, Operand b, bool truth);
    StepId shift(StepId condition, std::uint32_t bars);
    StepId window(Kind kind, StepId condition, std::uint32_t bars);
    StepId join(Kind kind, std::vector<StepId> conditions);

    std::optional<LevelRule> level(const std::optional<ExitLevel>& level);
    StepId entry(const std::optional<Node>& node, const Rule& rule);

    Program& program_;
    IdTable steps_, calls_;  // calls by their steps
};

StepId Compiler::intern(Kind kind, std::uint32_t index, double value, std::span<const Operand> args) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    Mixer mixer;
    mixer.add(static_cast<std::uint64_t>(kind) << 32 | index).add(bits);
    for (const Operand operand : args) mixer.add(std::uint64_t{operand.step} << 32 | operand.lag);
    StepId& place = steps_.find(mixer.hash(), [&](StepId id) {
        const Step& step = program_.steps[id];
        return step.kind == kind && step.index == index && std::bit_cast<std::uint64_t>(step.value) == bits &&
               std::ranges::equal(step.args, args);
    });
    if (place != no_step) return place;
    place = static_cast<StepId>(program_.steps.size());
    program_.steps.push_back({.kind = kind, .index = index, .value = value, .args = {args.begin(), args.end()}});
    return place;
}

double Compiler::constant_value(const Node& node) {
    const Operand operand = number(node);
    if (!is_constant(operand))
        throw Error(ErrorCode::type_mismatch, "an expression stands where a plain number is needed");
    return program_.steps[operand.step].value;
}

std::uint32_t Compiler::bars(const Node& node, double least) {
    const double value = constant_value(node);
    if (!(value >= least && value <= most_bars && value == std::floor(value)))
        throw Error(ErrorCode::out_of_range,
                    "a count of bars must be a whole number, " + std::to_string(int(least)) + " or more");
    return static_cast<std::uint32_t>(value);
}

// ---- numbers

Operand Compiler::number(const Node& node) {
    switch (node.op) {
        case Op::constant:
            return {constant(node.value), 0};
        case Op::parameter:
            throw Error(ErrorCode::invalid_ruleset, "parameter \"" + node.name + "\" has no value");
        case Op::series: {
            for (const auto& [name, series] : series_names)
                if (name == node.name) return {intern(Kind::series, static_cast<std::uint32_t>(series), 0, no_args), 0};
            throw Error(ErrorCode::unknown_name, "unknown series \"" + node.name + "\"");
        }
        case Op::choice:
            throw Error(ErrorCode::type_mismatch, "the name \"" + node.name + "\" stands where a number is needed");
        case Op::indicator:
            return indicator(node);
        case Op::lag:
            need_args(node, 2);
            return lag(number(node.args[0]), bars(node.args[1], 0));
        case Op::negate:
        case Op::absolute:
            need_args(node, 1);
            return arithmetic(kind_of(node.op), node.args);
        default: {
            const Kind kind = kind_of(node.op);
            need_args(node, 2);
            return arithmetic(kind, node.args);
        }
    }
}

// The past of a constant is the constant: it has no first bar.
Operand Compiler::lag(Operand operand, std::uint32_t bars) {
    if (is_constant(operand)) return operand;
    if (std::uint64_t{operand.lag} + bars > most_bars)
        throw Error(ErrorCode::limit_exceeded, "lags of lags reach too far back");
    return {operand.step, operand.lag + bars};
}

// Constants are folded. A lag that all operands share moves to the result, so that more steps are equal.
Operand Compiler::arithmetic(Kind kind, const std::vector<Node>& nodes) {
    std::vector<Operand> args;
    args.reserve(nodes.size());
    for (const Node& node : nodes) args.push_back(number(node));
    std::uint32_t shared = most_bars;
    bool all_constant = true;
    for (const Operand operand : args)
        if (!is_constant(operand)) {
            all_constant = false;
            shared = std::min(shared, operand.lag);
        }
    if (all_constant)
        return {constant(fold(kind, program_.steps[args.front().step].value, program_.steps[args.back().step].value)),
                0};
    for (Operand& operand : args)
        if (!is_constant(operand)) operand.lag -= shared;
    if (kind == Kind::add || kind == Kind::multiply)  // a + b and b + a are the same bits
        std::sort(args.begin(), args.end(),
                  [](Operand a, Operand b) { return std::pair(a.step, a.lag) < std::pair(b.step, b.lag); });
    return {intern(kind, 0, 0, args), shared};
}

// A step whose column holds the operand's values as they are.
StepId Compiler::column(Operand operand) {
    if (operand.lag == 0 && !is_constant(operand)) return operand.step;
    return intern(Kind::lagged, 0, 0, {operand});
}

Operand Compiler::output_of(const Indicator& indicator, std::vector<double> arguments, StepId input,
                            std::uint32_t output) {
    Mixer mixer;
    mixer.add(reinterpret_cast<std::uintptr_t>(&indicator)).add(input);
    for (const double argument : arguments) mixer.add(std::bit_cast<std::uint64_t>(argument));
    const auto bits_equal = [](double a, double b) {
        return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
    };
    StepId& place = calls_.find(mixer.hash(), [&](StepId id) {
        const Call& call = program_.calls[program_.steps[id].index];
        return call.indicator == &indicator && call.input == input &&
               std::ranges::equal(call.arguments, arguments, bits_equal);
    });
    if (place == no_step) {
        place = static_cast<StepId>(program_.steps.size());
        std::vector<Operand> args;
        if (input != no_step) args.push_back({input, 0});
        const auto index = static_cast<std::uint32_t>(program_.calls.size());
        program_.steps.push_back({.kind = Kind::call, .index = index, .value = 0, .args = std::move(args)});
        program_.calls.push_back({.indicator = &indicator,
                                  .arguments = std::move(arguments),
                                  .input = input,
                                  .outputs = std::vector<StepId>(indicator.outputs.size(), no_step)});
    }
    const StepId id = place;
    StepId& result = program_.calls[program_.steps[id].index].outputs[output];
    if (result == no_step) result = intern(Kind::output, output, 0, {{id, 0}});
    return {result, 0};
}

Operand Compiler::indicator(const Node& node) {
    const Indicator* indicator = find_indicator(node.name);
    if (indicator == nullptr) throw Error(ErrorCode::unknown_name, "unknown indicator \"" + node.name + "\"");
    need_args(node, indicator->arguments.size());
    if (node.output >= indicator->outputs.size())
        throw Error(ErrorCode::unknown_name, "indicator \"" + node.name + "\" has fewer outputs");
    const StepId input = indicator->takes_series() ? column(number(node.args[0])) : no_step;
    const auto parameters = indicator->parameters();
    const std::size_t skipped = indicator->takes_series() ? 1 : 0;
    std::vector<double> arguments;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Node& argument = node.args[i + skipped];
        if (parameters[i].kind == ArgKind::choice) {
            const auto& choices = parameters[i].choices;
            const auto place = std::find(choices.begin(), choices.end(), argument.name);
            if (argument.op != Op::choice || place == choices.end())
                throw Error(ErrorCode::unknown_name, "unknown choice \"" + argument.name + "\" for " + node.name);
            arguments.push_back(static_cast<double>(place - choices.begin()));
            continue;
        }
        const double value = constant_value(argument);
        if (!(value >= parameters[i].minimum && value <= parameters[i].maximum) ||
            (parameters[i].kind == ArgKind::integer && value != std::floor(value)))
            throw Error(ErrorCode::out_of_range,
                        "argument " + std::string(parameters[i].name) + " of " + node.name + " is outside its domain");
        arguments.push_back(value);
    }
    return output_of(*indicator, std::move(arguments), input, node.output);
}

// ---- conditions

StepId Compiler::shift(StepId condition, std::uint32_t bars) {
    if (bars == 0) return condition;
    const Step& step = program_.steps[condition];
    if (step.kind == Kind::shift) {
        if (std::uint64_t{step.index} + bars > most_bars)
            throw Error(ErrorCode::limit_exceeded, "lags of lags reach too far back");
        return intern(Kind::shift, step.index + bars, 0, {step.args[0]});
    }
    return intern(Kind::shift, bars, 0, {{condition, 0}});
}

StepId Compiler::window(Kind kind, StepId condition, std::uint32_t bars) {
    return bars == 1 ? condition : intern(kind, bars, 0, {{condition, 0}});
}

StepId Compiler::join(Kind kind, std::vector<StepId> conditions) {
    std::sort(conditions.begin(), conditions.end());
    conditions.erase(std::unique(conditions.begin(), conditions.end()), conditions.end());
    if (conditions.empty()) throw Error(ErrorCode::invalid_ruleset, "a logical operator without arguments");
    if (conditions.size() == 1) return conditions.front();
    std::vector<Operand> args;
    args.reserve(conditions.size());
    for (const StepId step : conditions) args.push_back({step, 0});
    return intern(kind, 0, 0, args);
}

// A lag that both sides share becomes a shift of bits: close[1] > x[1] is close > x, one bar ago.
StepId Compiler::compare(Kind kind, Operand a, Operand b) {
    const std::uint32_t lag_a = is_constant(a) ? most_bars : a.lag, lag_b = is_constant(b) ? most_bars : b.lag;
    const bool both_constant = is_constant(a) && is_constant(b);
    const std::uint32_t shared = both_constant ? 0 : std::min(lag_a, lag_b);
    if (!is_constant(a)) a.lag -= shared;
    if (!is_constant(b)) b.lag -= shared;
    const bool symmetric = kind == Kind::equal || kind == Kind::not_equal;
    if (symmetric && std::pair(b.step, b.lag) < std::pair(a.step, a.lag)) std::swap(a, b);
    return shift(intern(kind, 0, 0, {a, b}), shared);
}

StepId Compiler::comparison(Op op, Operand a, Operand b, bool truth) {
    switch (op) {
        case Op::greater:
            return truth ? compare(Kind::greater, a, b) : compare(Kind::greater_equal, b, a);
        case Op::greater_equal:
            return truth ? compare(Kind::greater_equal, a, b) : compare(Kind::greater, b, a);
        case Op::less:
            return truth ? compare(Kind::greater, b, a) : compare(Kind::greater_equal, a, b);
        case Op::less_equal:
            return truth ? compare(Kind::greater_equal, b, a) : compare(Kind::greater, a, b);
        case Op::equal:
            return compare(truth ? Kind::equal : Kind::not_equal, a, b);
        default:
            return compare(truth ? Kind::not_equal : Kind::equal, a, b);
    }
}

StepId Compiler::cross(Op op, Operand a, Operand b, bool truth) {
    const bool above = op == Op::crosses_above;
    const StepId now = comparison(above ? Op::greater : Op::less, a, b, truth);
    const StepId before = shift(comparison(above ? Op::less_equal : Op::greater_equal, a, b, truth), 1);
    return join(truth ? Kind::conjunction : Kind::disjunction, {now, before});
}

StepId Compiler::condition(const Node& node, bool truth) {
    const Kind both = truth ? Kind::conjunction : Kind::disjunction,
               either = truth ? Kind::disjunction : Kind::conjunction;
    switch (node.op) {
        case Op::greater:
        case Op::greater_equal:
        case Op::less:
        case Op::less_equal:
        case Op::equal:
        case Op::not_equal: {
            need_args(node, 2);
            const Operand a = number(node.args[0]), b = number(node.args[1]);
            return comparison(node.op, a, b, truth);
        }
        case Op::crosses_above:
        case Op::crosses_below: {
            need_args(node, 2);
            const Operand a = number(node.args[0]), b = number(node.args[1]);
            return cross(node.op, a, b, truth);
        }
        case Op::between: {
            need_args(node, 3);
            const Operand x = number(node.args[0]), low = number(node.args[1]), high = number(node.args[2]);
            const StepId above = comparison(Op::greater_equal, x, low, truth);
            return join(both, {above, comparison(Op::less_equal, x, high, truth)});
        }
        case Op::rising:
        case Op::falling: {
            need_args(node, 2);
            const Operand x = number(node.args[0]);
            const StepId step = comparison(node.op == Op::rising ? Op::greater : Op::less, x, lag(x, 1), truth);
            return window(truth ? Kind::all_of : Kind::any_of, step, bars(node.args[1], 1));
        }
        case Op::all_of:
        case Op::any_of: {
            need_args(node, 2);
            const bool every = (node.op == Op::all_of) == truth;
            return window(every ? Kind::all_of : Kind::any_of, condition(node.args[0], truth), bars(node.args[1], 1));
        }
        case Op::logical_and:
        case Op::logical_or: {
            std::vector<StepId> parts;
            parts.reserve(node.args.size());
            for (const Node& arg : node.args) parts.push_back(condition(arg, truth));
            return join(node.op == Op::logical_and ? both : either, std::move(parts));
        }
        case Op::logical_not:
            need_args(node, 1);
            return condition(node.args[0], !truth);
        case Op::lag:
            need_args(node, 2);
            return shift(condition(node.args[0], truth), bars(node.args[1], 0));
        default:
            throw Error(ErrorCode::type_mismatch, "a number stands where a condition is needed");
    }
}

// ---- rulesets

std::optional<LevelRule> Compiler::level(const std::optional<ExitLevel>& level) {
    if (!level) return std::nullopt;
    const double distance = constant_value(level->distance);
    if (!(distance > 0))
        throw Error(ErrorCode::out_of_range, "the distance of a stop or target must be greater than 0");
    if (level->kind == ExitLevel::Kind::percent)
        return LevelRule{.kind = level->kind, .distance = distance / 100, .atr = no_step};
    const Indicator* atr = find_indicator("atr");
    if (atr == nullptr) throw Error(ErrorCode::internal, "the indicator atr is missing");
    const double period = bars(level->period, 1);
    return LevelRule{.kind = level->kind, .distance = distance, .atr = output_of(*atr, {period}, no_step, 0).step};
}

// An entry counts only where the ATRs of its levels are known: x >= x is true exactly where x is.
StepId Compiler::entry(const std::optional<Node>& node, const Rule& rule) {
    if (!node) return no_step;
    std::vector<StepId> parts{condition(*node, true)};
    for (const auto* level : {&rule.stop_loss, &rule.take_profit, &rule.trailing_stop})
        if (*level && (*level)->atr != no_step)
            parts.push_back(compare(Kind::greater_equal, {(*level)->atr, 0}, {(*level)->atr, 0}));
    return join(Kind::conjunction, std::move(parts));
}

void Compiler::add_rule(const Ruleset& ruleset) {
    Rule rule;
    rule.stop_loss = level(ruleset.stop_loss);
    rule.take_profit = level(ruleset.take_profit);
    rule.trailing_stop = level(ruleset.trailing_stop);
    if (ruleset.direction != Direction::short_only) {
        rule.long_entry = entry(ruleset.long_side.entry, rule);
        if (ruleset.long_side.exit) rule.long_exit = condition(*ruleset.long_side.exit, true);
    }
    if (ruleset.direction != Direction::long_only) {
        rule.short_entry = entry(ruleset.short_side.entry, rule);
        if (ruleset.short_side.exit) rule.short_exit = condition(*ruleset.short_side.exit, true);
    }
    if (ruleset.max_bars) rule.max_bars = bars(*ruleset.max_bars, 1);
    if (ruleset.cooldown_bars) rule.cooldown_bars = bars(*ruleset.cooldown_bars, 0);
    if (ruleset.sizing) rule.sizing = compile_sizing(*ruleset.sizing);
    program_.rules.push_back(rule);
}

}  // namespace

SizeRule compile_sizing(const Sizing& sizing) {
    if (sizing.kind == Sizing::Kind::all_in) return {};
    if (sizing.amount.op != Op::constant)
        throw Error(ErrorCode::invalid_option, "the amount of a sizing must be a plain number");
    const double amount = sizing.amount.value;
    if (!(amount > 0 && std::isfinite(amount)) || (sizing.kind == Sizing::Kind::fraction && amount > 1))
        throw Error(ErrorCode::out_of_range, sizing.kind == Sizing::Kind::fraction
                                                 ? "a sizing fraction must be greater than 0 and at most 1"
                                                 : "sizing units must be greater than 0");
    return {.kind = sizing.kind, .amount = amount};
}

Program compile(std::span<const Ruleset> population) {
    Program program;
    Compiler compiler(program);
    for (const Ruleset& ruleset : population) {
        if (has_parameters(ruleset))
            compiler.add_rule(bind_parameters(ruleset));
        else
            compiler.add_rule(ruleset);
    }
    return program;
}

NumberProgram compile_number(const Node& expression) {
    NumberProgram result;
    result.root = Compiler(result.program).number(expression);
    return result;
}

ConditionProgram compile_condition(const Node& condition) {
    ConditionProgram result;
    Compiler compiler(result.program);
    result.known_true = compiler.condition(condition, true);
    result.known_false = compiler.condition(condition, false);
    return result;
}

}  // namespace evolve
