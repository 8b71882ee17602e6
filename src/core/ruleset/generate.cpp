#include "core/ruleset/generate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "core/ruleset/source.hpp"

namespace evolve {
namespace {

// How much may still be built below a node.
struct Room {
    std::size_t nodes;
    std::size_t depth;
    Room part(std::size_t share) const { return {std::max<std::size_t>(1, (nodes - 1) / share), depth - 1}; }
    bool leaf_only() const { return nodes < 3 || depth < 2; }
};

struct Line {
    const Indicator* indicator;
    std::uint8_t output;
};

// All draws are made in the order of the text, also those for the arguments of one node: braces evaluate their
// elements from left to right, calls of functions in any order.
class Generator {
public:
    Generator(Random& random, const GeneratorOptions& options, std::map<std::string, Parameter>* parameters = nullptr)
        : random_(random), options_(options), parameters_(parameters) {}

    Node condition(Room room);
    Node number(Unit unit, Room room);
    // A constant or a parameter; whole numbers for whole domains.
    Node plain(double low, double high, double grid);

private:
    template <std::size_t N>
    Op any(const std::array<Op, N>& ops) {
        return ops[random_.below(N)];
    }
    Unit any_unit();
    Node bars(std::int64_t least) {
        return plain(static_cast<double>(least), static_cast<double>(options_.longest_lag), 1);
    }
    Node comparison(Room room);
    Node threshold(Unit unit);
    Node joined(Room room);
    Node rare_condition(Room room);
    Node leaf(Unit unit);
    Node arithmetic(Unit unit, Room room);
    Node ratio(Room room);
    std::optional<Line> line(Unit unit, bool may_take_series);
    Node call(Line line, Unit unit, Room room);
    Node argument(const Argument& argument);
    std::vector<Node> arguments(const Indicator& indicator);

    Random& random_;
    const GeneratorOptions& options_;
    std::map<std::string, Parameter>* parameters_;
};

double on_grid(double value, double grid) {
    // Dividing by the whole inverse gives 0.35 where multiplying gives 0.35000000000000003.
    return grid >= 1 ? std::round(value / grid) * grid : std::round(value / grid) / std::round(1 / grid);
}

Node Generator::plain(double low, double high, double grid) {
    high = std::max(low, high);
    const double value = std::clamp(on_grid(low + (high - low) * random_.uniform(), grid), low, high);
    if (parameters_ == nullptr || !random_.chance(options_.parameter_chance)) return Node::number(value);
    const std::string name = "p" + std::to_string(parameters_->size() + 1);
    Parameter parameter{.value = value, .minimum = {}, .maximum = {}, .step = {}};
    if (random_.chance(0.8)) {
        parameter.minimum = low;
        parameter.maximum = high;
        parameter.step = grid;
    }
    (*parameters_)[name] = parameter;
    return Node::parameter(name);
}

Unit Generator::any_unit() {
    constexpr std::array units{Unit::price,      Unit::price,      Unit::price,  Unit::price, Unit::oscillator,
                               Unit::oscillator, Unit::oscillator, Unit::volume, Unit::ratio, Unit::number};
    return units[random_.below(units.size())];
}

// ---- numbers

std::optional<Line> Generator::line(Unit unit, bool may_take_series) {
    std::vector<Line> lines;
    for (const Indicator* indicator : all_indicators()) {
        if (!may_take_series && indicator->takes_series()) continue;
        for (std::size_t i = 0; i < indicator->outputs.size(); ++i) {
            const Output& output = indicator->outputs[i];
            // What keeps the unit of its input can yield any unit.
            if (output.unit_of_input || output.unit == unit) lines.push_back({indicator, static_cast<std::uint8_t>(i)});
        }
    }
    if (lines.empty()) return std::nullopt;
    return lines[random_.below(lines.size())];
}

Node Generator::argument(const Argument& argument) {
    if (argument.kind == ArgKind::choice) {
        Node node = Node::make(Op::choice, {});
        node.name = argument.choices[random_.below(argument.choices.size())];
        return node;
    }
    if (argument.kind == ArgKind::real) {
        const double low = std::max(argument.minimum, on_grid(argument.standard / 2, 0.01));
        return plain(low, std::min(argument.maximum, on_grid(argument.standard * 1.5, 0.01)), 0.01);
    }
    const double longest = std::min(argument.maximum, static_cast<double>(options_.longest_period));
    return plain(argument.minimum, longest, 1);
}

// Arguments in an order that makes no sense (fast above slow) are drawn again, in the end by default.
std::vector<Node> Generator::arguments(const Indicator& indicator) {
    std::vector<Node> drawn;
    for (int attempt = 0; attempt < 8; ++attempt) {
        const auto parameters_before = parameters_ == nullptr ? 0 : parameters_->size();
        drawn.clear();
        std::vector<double> values;
        for (const Argument& argument : indicator.parameters()) {
            drawn.push_back(this->argument(argument));
            const Node& node = drawn.back();
            values.push_back(node.op == Op::parameter ? parameters_->at(node.name).value : node.value);
        }
        if (indicator.refuse == nullptr || indicator.refuse(values).empty()) return drawn;
        while (parameters_ != nullptr && parameters_->size() > parameters_before) {
            parameters_->erase("p" + std::to_string(parameters_->size()));
        }
    }
    drawn.clear();
    for (const Argument& argument : indicator.parameters()) drawn.push_back(standard_value(argument));
    return drawn;
}

Node Generator::call(Line line, Unit unit, Room room) {
    const Indicator& indicator = *line.indicator;
    Node node = Node::make(Op::indicator, {});
    node.name = indicator.name;
    node.output = line.output;
    std::vector<Node> fixed = arguments(indicator);
    if (indicator.takes_series()) {
        const Output& output = indicator.outputs[line.output];
        const Unit input = output.unit_of_input ? unit : random_.chance(0.8) ? Unit::price : any_unit();
        node.args.push_back(number(input, room.part(2)));
    }
    std::move(fixed.begin(), fixed.end(), std::back_inserter(node.args));
    return node;
}

// The smallest expression of a unit.
Node Generator::leaf(Unit unit) {
    constexpr std::array prices{"open", "high", "low", "close", "close", "close", "hl2", "hlc3", "ohlc4"};
    const auto price = [&] { return Node::series(prices[random_.below(prices.size())]); };
    switch (unit) {
        case Unit::price:
            return price();
        case Unit::volume:
            return Node::series("volume");
        case Unit::ratio:
            return Node::make(Op::divide, {price(), price()});
        default:
            break;
    }
    // An indicator of the bars alone.
    if (const auto found = line(unit, false)) return call(*found, unit, {1, 1});
    return Node::make(Op::multiply, {price(), Node::series("volume")});
}

Node Generator::ratio(Room room) {
    const Unit unit = random_.chance(0.7) ? Unit::price : random_.chance(0.5) ? Unit::volume : Unit::oscillator;
    return Node::make(Op::divide, {number(unit, room.part(2)), number(unit, room.part(2))});
}

Node Generator::arithmetic(Unit unit, Room room) {
    switch (random_.below(options_.rare_operators ? 9 : 3)) {
        case 0:
            return Node::make(Op::add, {number(unit, room.part(2)), number(unit, room.part(2))});
        case 1:
            return Node::make(Op::subtract, {number(unit, room.part(2)), number(unit, room.part(2))});
        case 2:
            return Node::make(Op::multiply, {number(unit, room.part(1)), plain(0.5, 2, 0.05)});
        case 3:
            return Node::make(Op::divide, {number(unit, room.part(1)), plain(0.5, 2, 0.05)});
        case 4:
            return Node::make(Op::multiply, {plain(0.5, 2, 0.05), number(unit, room.part(1))});
        case 5:
            return Node::make(Op::multiply, {number(unit, room.part(2)), ratio(room.part(2))});
        case 6:
            return Node::make(Op::absolute, {number(unit, room.part(1))});
        case 7:
            return Node::make(Op::negate, {number(unit, room.part(1))});
        // Constants among themselves: what a mutation may leave behind.
        default:
            return Node::make(Op::add,
                              {number(unit, room.part(2)),
                               random_.chance(0.5) ? Node::make(Op::negate, {threshold(unit)})
                                                   : Node::make(Op::multiply, {threshold(unit), plain(0.5, 2, 0.05)})});
    }
}

Node Generator::number(Unit unit, Room room) {
    if (room.leaf_only() || random_.chance(0.15)) return leaf(unit);
    const std::uint64_t draw = random_.below(10);
    if (draw == 0) return Node::make(Op::lag, {number(unit, room.part(1)), bars(1)});
    if (draw == 1 || (draw == 2 && options_.rare_operators)) return arithmetic(unit, room);
    if (unit == Unit::ratio && draw < 7) return ratio(room);
    if (unit == Unit::number && draw == 3) {
        return Node::make(Op::multiply, {number(Unit::price, room.part(2)), number(Unit::volume, room.part(2))});
    }
    if (const auto found = line(unit, true)) return call(*found, unit, room);
    return leaf(unit);
}

// ---- conditions

// A constant that values of the unit may well lie on either side of.
Node Generator::threshold(Unit unit) {
    switch (unit) {
        case Unit::oscillator:
            return plain(5, 95, 1);
        case Unit::ratio:
            return plain(0.8, 1.2, 0.01);
        case Unit::price:
            return plain(1, 200, 0.5);
        case Unit::volume:
            return plain(0, 10'000, 100);
        default:
            return plain(-100, 100, 1);
    }
}

Node Generator::comparison(Room room) {
    constexpr std::array order{Op::greater, Op::less, Op::greater_equal, Op::less_equal};
    constexpr std::array crosses{Op::crosses_above, Op::crosses_below};
    constexpr std::array equality{Op::equal, Op::not_equal};
    constexpr std::array runs{Op::rising, Op::falling};
    const Unit unit = any_unit();
    const std::uint64_t draw = random_.below(options_.rare_operators ? 16 : 14);
    if (draw < 2) {
        const Op run = any(runs);
        return Node::make(run, {number(unit, room.part(1)), bars(1)});
    }
    if (draw == 2) {
        Node low = threshold(unit), high = threshold(unit);
        return Node::make(Op::between, {number(unit, room.part(1)), std::move(low), std::move(high)});
    }
    const Op op = draw < 6 ? any(crosses) : draw < 15 ? any(order) : any(equality);
    // Prices and volumes are seldom compared with a fixed number, oscillators mostly.
    const bool scaled = unit == Unit::price || unit == Unit::volume;
    if (!random_.chance(scaled ? 0.1 : 0.8))
        return Node::make(op, {number(unit, room.part(2)), number(unit, room.part(2))});
    Node value = number(unit, room.part(1));
    if (options_.rare_operators && random_.chance(0.2)) return Node::make(op, {threshold(unit), std::move(value)});
    return Node::make(op, {std::move(value), threshold(unit)});
}

Node Generator::joined(Room room) {
    const std::size_t most = std::min<std::size_t>(4, room.nodes / 8);
    const std::size_t count = 2 + (most > 2 ? random_.below(most - 1) : 0);
    std::vector<Node> args;
    for (std::size_t i = 0; i < count; ++i) args.push_back(condition(room.part(count)));
    return Node::make(random_.chance(0.7) ? Op::logical_and : Op::logical_or, std::move(args));
}

Node Generator::rare_condition(Room room) {
    switch (random_.below(4)) {
        case 0:
            return Node::make(Op::logical_not, {condition(room.part(1))});
        case 1:
            return Node::make(Op::lag, {condition(room.part(1)), bars(1)});
        case 2:
            return Node::make(Op::all_of, {condition(room.part(1)), bars(1)});
        default:
            return Node::make(Op::any_of, {condition(room.part(1)), bars(1)});
    }
}

Node Generator::condition(Room room) {
    if (room.nodes < 8 || room.depth < 5) return comparison(room);
    const double rare = options_.rare_operators ? 0.15 : 0.05;
    if (random_.chance(rare)) return rare_condition(room);
    return room.nodes < 16 && random_.chance(0.6) ? comparison(room) : joined(room);
}

// ---- rulesets

Room whole(const GeneratorOptions& options) { return {options.nodes, std::max<std::size_t>(options.depth, 4)}; }

class RulesetGenerator {
public:
    RulesetGenerator(Random& random, const GeneratorOptions& options)
        : random_(random), options_(options), generator_(random, options, &result_.parameters) {}

    Ruleset ruleset();

private:
    void side(Side& side) {
        side.entry = generator_.condition(whole(options_));
        if (random_.chance(0.8)) side.exit = generator_.condition(whole(options_));
    }
    ExitLevel level(bool may_be_wide);
    Sizing sizing();

    Random& random_;
    const GeneratorOptions& options_;
    Ruleset result_;
    Generator generator_;
};

ExitLevel RulesetGenerator::level(bool may_be_wide) {
    if (random_.chance(0.5)) {
        return {.kind = ExitLevel::Kind::percent, .distance = generator_.plain(0.5, may_be_wide ? 40 : 20, 0.1)};
    }
    return {
        .kind = ExitLevel::Kind::atr, .distance = generator_.plain(0.5, 6, 0.1), .period = generator_.plain(2, 40, 1)};
}

Sizing RulesetGenerator::sizing() {
    switch (random_.below(3)) {
        case 0:
            return {.kind = Sizing::Kind::all_in};
        case 1:
            return {.kind = Sizing::Kind::fraction, .amount = generator_.plain(0.05, 1, 0.05)};
        default:
            return {.kind = Sizing::Kind::units, .amount = generator_.plain(1, 100, 1)};
    }
}

Ruleset RulesetGenerator::ruleset() {
    const std::uint64_t sides = random_.below(10);  // mostly long only
    if (sides < 9) side(result_.long_side);
    if (sides > 6) side(result_.short_side);
    result_.direction = implied_direction(result_);
    if (result_.direction == Direction::both && random_.chance(0.1)) result_.direction = Direction::long_only;
    if (random_.chance(0.3)) result_.stop_loss = level(false);
    if (random_.chance(0.3)) result_.take_profit = level(true);
    if (random_.chance(0.15)) result_.trailing_stop = level(false);
    if (random_.chance(0.2)) result_.max_bars = generator_.plain(1, 100, 1);
    if (random_.chance(0.15)) result_.cooldown_bars = generator_.plain(0, 20, 1);
    if (random_.chance(0.2)) result_.sizing = sizing();
    if (random_.chance(0.2)) {
        constexpr std::array names{"BTCUSDT", "ETHUSDT", "SPY", "EURUSD"};
        for (const char* name : names) {
            if (random_.chance(0.5)) result_.symbols.emplace_back(name);
        }
    }
    if (random_.chance(0.2)) result_.timeframe = all_timeframes()[random_.below(all_timeframes().size())];
    return std::move(result_);
}

}  // namespace

Node random_condition(Random& random, const GeneratorOptions& options) {
    return Generator(random, options).condition(whole(options));
}

Node random_number(Random& random, Unit unit, const GeneratorOptions& options) {
    return Generator(random, options).number(unit, whole(options));
}

Ruleset random_ruleset(Random& random, const GeneratorOptions& options) {
    return RulesetGenerator(random, options).ruleset();
}

}  // namespace evolve
