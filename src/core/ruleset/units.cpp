#include "core/ruleset/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/ruleset/arguments.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

constexpr Measure broken_measure{.unit = Unit::number, .adapts = false, .broken = true};
constexpr Measure adapting{.unit = Unit::number, .adapts = true};
constexpr Measure a_condition{.unit = Unit::condition};

Unit series_unit(std::string_view name) { return name == "volume" ? Unit::volume : Unit::price; }

// x*y: a number that adapts or a ratio leaves the other's unit; anything else is a plain number.
Measure product(Measure x, Measure y) {
    if (x.adapts) return y;
    if (y.adapts) return x;
    if (x.unit == Unit::ratio) return y;
    if (y.unit == Unit::ratio) return x;
    return {.unit = Unit::number};
}

// x/y: like by like is a ratio; by a number that adapts or by a ratio keeps the unit; else a plain number.
Measure quotient(Measure x, Measure y) {
    if (y.adapts) return x;
    if (x.adapts) return {.unit = y.unit == Unit::ratio ? Unit::ratio : Unit::number};
    if (x.unit == y.unit) return {.unit = Unit::ratio};
    if (y.unit == Unit::ratio) return x;
    return {.unit = Unit::number};
}

bool fit(Measure x, Measure y) { return x.adapts || y.adapts || x.unit == y.unit; }

class Check {
public:
    Check(const Parameters& parameters, Problems& problems) : parameters_(parameters), problems_(problems) {}

    Measure tree(const Node& node, const Trail& trail);

private:
    using Measures = std::vector<Measure>;

    Measure fault(ErrorCode code, const Trail& trail, std::string message, std::string hint = {}) {
        problems_.error(code, trail.where(), std::move(message), std::move(hint));
        return broken_measure;
    }
    bool shape(const Node& node, const Trail& trail);
    Measure operation(const Node& node, const Trail& trail);
    Measure indicator(const Node& node, const Trail& trail);
    bool series_argument(const Node& node, const Indicator& known, const Trail& trail, Measure& input);
    void choice(const Node& node, const Argument& argument, const Indicator& known, const Trail& trail);
    void refuse_combination(const Node& node, const Indicator& known, const Trail& trail);
    bool same_units(Op op, const Measures& args, const Trail& trail);
    Measures operands(const Node& node, const Trail& trail);
    void bars(const Node& node, const Trail& trail);

    const Parameters& parameters_;
    Problems& problems_;
};

std::string verb(Op op) {
    switch (op) {
        case Op::add:
            return "added to";
        case Op::subtract:
            return "subtracted from";
        default:
            return "compared with";
    }
}

// The operator in an error message, whichever form it was written in.
std::string spoken(Op op) {
    if (is_comparison(op)) return "a comparison";
    if (op == Op::crosses_above || op == Op::crosses_below) return "a cross";
    if (op >= Op::negate && op <= Op::divide && op != Op::absolute) return "arithmetic";
    return std::string(op_name(op));
}

bool Check::shape(const Node& node, const Trail& trail) {
    const Operator* known = operator_of(node.op);
    const std::size_t least = known == nullptr ? 0 : known->min_args;
    const std::size_t most = known == nullptr ? 0 : known->max_args == 0 ? node.args.size() : known->max_args;
    if (node.args.size() >= least && node.args.size() <= most) return true;
    fault(ErrorCode::invalid_ruleset, trail,
          (known == nullptr ? std::string("a number or name") : std::string(known->name)) + " takes " +
              (known != nullptr && known->max_args == 0 ? "at least " : "") + std::to_string(least) +
              (least == 1 ? " argument, got " : " arguments, got ") + std::to_string(node.args.size()));
    return false;
}

Measure Check::tree(const Node& node, const Trail& trail) {
    if (trail.broken()) return broken_measure;
    if (node.op == Op::indicator) return indicator(node, trail);
    if (!shape(node, trail)) return broken_measure;
    switch (node.op) {
        case Op::constant:
            if (!std::isfinite(node.value)) return fault(ErrorCode::out_of_range, trail, "a number is infinite or NaN");
            return adapting;
        case Op::parameter:
            return check_exists(node, parameters_, trail, problems_) ? adapting : broken_measure;
        case Op::series:
            if (find_series(node.name) != node.name || node.name.empty()) {
                return fault(ErrorCode::unknown_name, trail, "there is no series " + in_quotes(node.name),
                             suggestion(node.name, all_series(), "The series are " + listed(all_series()) + "."));
            }
            return {.unit = series_unit(node.name)};
        case Op::choice:
            return fault(ErrorCode::type_mismatch, trail,
                         in_quotes(node.name) + " is neither a number nor a condition");
        default:
            return operation(node, trail);
    }
}

bool Check::same_units(Op op, const Measures& args, const Trail& trail) {
    for (std::size_t i = 1; i < args.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (args[i].broken || args[j].broken || fit(args[i], args[j])) continue;
            // a - b: b is subtracted from a.
            const bool turned = op == Op::subtract;
            fault(ErrorCode::type_mismatch, trail,
                  described(args[turned ? i : j].unit) + " cannot be " + verb(op) + " " +
                      described(args[turned ? j : i].unit),
                  "Both sides must measure the same; a plain number or parameter goes with everything.");
            return false;
        }
    }
    return true;
}

bool counts_bars(Op op) {
    return op == Op::lag || op == Op::rising || op == Op::falling || op == Op::all_of || op == Op::any_of;
}

bool needs_equal_units(Op op) {
    return op == Op::add || op == Op::subtract || is_comparison(op) || op == Op::crosses_above ||
           op == Op::crosses_below || op == Op::between;
}

// The arguments that are trees; numbers where numbers belong, conditions where conditions do. A lag takes either.
Check::Measures Check::operands(const Node& node, const Trail& trail) {
    const bool of_conditions = node.op >= Op::all_of;
    Measures args;
    const std::size_t count = counts_bars(node.op) ? 1 : node.args.size();
    for (std::size_t i = 0; i < count; ++i) {
        const Trail here = trail.child(i);
        Measure arg = tree(node.args[i], here);
        if (!arg.broken && node.op != Op::lag && of_conditions != (arg.unit == Unit::condition)) {
            arg = fault(ErrorCode::type_mismatch, here,
                        of_conditions ? spoken(node.op) + " takes conditions, not " + described(arg.unit)
                                      : spoken(node.op) + " takes numbers, not a condition",
                        of_conditions ? "A comparison such as close > 10 makes a condition of a number." : "");
        }
        args.push_back(arg);
    }
    return args;
}

void Check::bars(const Node& node, const Trail& trail) {
    const Node& count = node.args[1];
    if (node.op == Op::lag && count == Node::number(0)) {
        fault(ErrorCode::out_of_range, trail, "the lag cannot be 0", "The current bar is written without [0].");
        return;
    }
    const std::string_view what = node.op == Op::lag ? "the lag" : "the number of bars";
    check_number(count, {.minimum = 1, .maximum = most_bars, .whole = true, .what = what}, parameters_, trail,
                 problems_);
}

Measure Check::operation(const Node& node, const Trail& trail) {
    const Measures args = operands(node, trail);
    if (counts_bars(node.op)) bars(node, trail.child(1));
    bool sound = std::none_of(args.begin(), args.end(), [](Measure arg) { return arg.broken; });
    if (needs_equal_units(node.op)) sound = same_units(node.op, args, trail) && sound;
    if (is_condition(node.op)) return a_condition;
    if (!sound) return broken_measure;
    if (node.op == Op::multiply) return product(args[0], args[1]);
    if (node.op == Op::divide) return quotient(args[0], args[1]);
    return args.size() == 2 && args[0].adapts ? args[1] : args[0];
}

bool Check::series_argument(const Node& node, const Indicator& known, const Trail& trail, Measure& input) {
    input = tree(node, trail);
    if (input.broken) return false;
    const std::string name(known.name);
    if (input.unit == Unit::condition) {
        fault(ErrorCode::type_mismatch, trail, name + " takes a series of numbers, not a condition");
        return false;
    }
    if (input.adapts) {
        fault(ErrorCode::type_mismatch, trail, name + " takes a series, not a constant",
              "Its first argument is a series such as close or an expression of series.");
        return false;
    }
    return true;
}

void Check::choice(const Node& node, const Argument& argument, const Indicator& known, const Trail& trail) {
    if (trail.broken()) return;
    const bool listed_choice =
        node.op == Op::choice && node.args.empty() &&
        std::find(argument.choices.begin(), argument.choices.end(), node.name) != argument.choices.end();
    if (listed_choice) return;
    fault(ErrorCode::type_mismatch, trail,
          "the " + std::string(argument.name) + " of " + std::string(known.name) + " must be a name",
          "Choose one of " + listed(argument.choices, " or ") + ".");
}

// fast >= slow and the like, with the values that parameters have now.
void Check::refuse_combination(const Node& node, const Indicator& known, const Trail& trail) {
    if (known.refuse == nullptr) return;
    const auto values = argument_values(known, node, [this](const Node& arg) {
        return arg.op == Op::parameter ? parameters_.at(arg.name).value : arg.value;
    });
    const std::string_view reason = known.refuse(values);
    if (!reason.empty()) {
        fault(ErrorCode::out_of_range, trail,
              "the arguments of " + std::string(known.name) + " do not go together: " + std::string(reason));
    }
}

Measure Check::indicator(const Node& node, const Trail& trail) {
    const Indicator* known = find_indicator(node.name);
    if (known == nullptr || known->name != node.name) {
        return fault(ErrorCode::unknown_name, trail, "there is no indicator " + in_quotes(node.name));
    }
    if (node.args.size() != known->arguments.size() || node.output >= known->outputs.size()) {
        return fault(ErrorCode::invalid_ruleset, trail,
                     std::string(known->name) + " has not the arguments and the output that it takes");
    }
    Measure input{.unit = Unit::price};
    bool sound = true;
    for (std::size_t i = 0; i < node.args.size(); ++i) {
        const Argument& argument = known->arguments[i];
        const Trail here = trail.child(i);
        const std::string what = "the " + std::string(argument.name) + " of " + std::string(known->name);
        const std::size_t before = problems_.errors();
        switch (argument.kind) {
            case ArgKind::series:
                series_argument(node.args[i], *known, here, input);
                break;
            case ArgKind::choice:
                choice(node.args[i], argument, *known, here);
                break;
            default:
                check_number(node.args[i],
                             {.minimum = argument.minimum,
                              .maximum = argument.maximum,
                              .whole = argument.kind == ArgKind::integer,
                              .what = what},
                             parameters_, here, problems_);
        }
        sound = sound && problems_.errors() == before && !here.broken();
    }
    if (!sound) return broken_measure;
    refuse_combination(node, *known, trail);
    const Output& output = known->outputs[node.output];
    return {.unit = output.unit_of_input ? input.unit : output.unit};
}

}  // namespace

Measure check_tree(const Node& node, const Parameters& parameters, const Trail& trail, Problems& problems) {
    return Check(parameters, problems).tree(node, trail);
}

Unit check_units(const Node& node, const std::map<std::string, Parameter>& parameters, const std::string& where) {
    Problems problems;
    return check_tree(node, parameters, Trail(where, nullptr), problems).unit;
}

std::string described(Unit unit) {
    switch (unit) {
        case Unit::number:
            return "a plain number";
        case Unit::price:
            return "a price";
        case Unit::volume:
            return "a volume";
        case Unit::ratio:
            return "a ratio";
        case Unit::oscillator:
            return "an oscillator (0 to 100)";
        case Unit::condition:
            return "a condition";
    }
    return {};
}

}  // namespace evolve
