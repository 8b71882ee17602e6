// Bars, rulesets and options at random, for tests that compare two ways to the same result. Small ranges on purpose:
// rules must fire, prices must meet levels exactly, warm-ups must end.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/engine/backtest.hpp"
#include "core/indicators/indicator.hpp"

namespace evolve::test {

// A random walk on a grid of ticks, with gaps, flat bars (open = high = low = close), flat stretches and jumps.
inline Bars random_bars(Random& random, std::size_t count) {
    Bars bars;
    bars.reserve(count);
    const double tick = random.chance(0.5) ? 0.25 : 0.01;
    const double swing = random.chance(0.3) ? 0.06 : 0.02;
    const auto grid = [tick](double price) { return std::max(tick, std::round(price / tick) * tick); };
    double price = grid(20 + 100 * random.uniform());
    std::size_t flat = 0;
    for (std::size_t t = 0; t < count; ++t) {
        Bar bar{.ts = static_cast<Timestamp>(t) * microseconds_per_day,
                .open = price,
                .high = price,
                .low = price,
                .close = price,
                .volume = 0};
        if (flat > 0) {
            --flat;
        } else {
            if (random.chance(0.3)) bar.open = grid(price * (1 + swing * (random.uniform() - 0.5)));  // a gap
            if (random.chance(0.01)) bar.open = grid(price * (random.chance(0.5) ? 1.3 : 0.75));      // a jump
            bar.close = grid(bar.open * (1 + swing * (random.uniform() - 0.5)));
            bar.high = grid(std::max(bar.open, bar.close) * (1 + swing * 0.5 * random.uniform()));
            bar.low = grid(std::min(bar.open, bar.close) * (1 - swing * 0.5 * random.uniform()));
            bar.high = std::max({bar.high, bar.open, bar.close});
            bar.low = std::min({bar.low, bar.open, bar.close});
            bar.volume = random.chance(0.05) ? 0 : static_cast<double>(random.below(10'000));
            if (random.chance(0.02)) flat = static_cast<std::size_t>(random.between(1, 12));
        }
        price = bar.close;
        bars.push_back(bar);
    }
    return bars;
}

class RandomRules {
public:
    explicit RandomRules(Random& random) : random_(random) {}

    Node number(int depth) {
        if (depth <= 0 || random_.chance(0.3)) return leaf();
        switch (random_.below(8)) {
            case 0:
                return make({Op::lag, {number(depth - 1), whole(0, 4)}});
            case 1:
                return make({random_.chance(0.5) ? Op::negate : Op::absolute, {number(depth - 1)}});
            case 2: {
                constexpr Op ops[] = {Op::add, Op::subtract, Op::multiply, Op::divide};
                return make({ops[random_.below(4)], {number(depth - 1), number(depth - 1)}});
            }
            default:
                return indicator(depth);
        }
    }

    Node condition(int depth) {
        if (depth <= 0) return comparison(1);
        switch (random_.below(11)) {
            case 0: {
                Node node = make({random_.chance(0.5) ? Op::logical_and : Op::logical_or, {}});
                for (std::int64_t i = random_.between(2, 3); i > 0; --i) node.args.push_back(condition(depth - 1));
                return node;
            }
            case 1:
                return make({Op::logical_not, {condition(depth - 1)}});
            case 2:
                return make({Op::all_of, {condition(depth - 1), whole(1, 5)}});
            case 3:
                return make({Op::any_of, {condition(depth - 1), whole(1, 5)}});
            case 4:
                return make({Op::lag, {condition(depth - 1), whole(0, 4)}});
            case 5:
                return make({random_.chance(0.5) ? Op::rising : Op::falling, {number(depth - 1), whole(1, 3)}});
            case 6:
                return make({Op::between, {number(depth - 1), near(), near()}});
            case 7:
                return make({random_.chance(0.5) ? Op::crosses_above : Op::crosses_below,
                             {number(depth - 1), random_.chance(0.5) ? near() : number(depth - 1)}});
            default:
                return comparison(depth);
        }
    }

    Ruleset ruleset() {
        Ruleset rules;
        constexpr Direction directions[] = {Direction::long_only, Direction::short_only, Direction::both};
        rules.direction = directions[random_.below(3)];
        rules.long_side.entry = condition(3);
        rules.short_side.entry = condition(3);
        if (random_.chance(0.6)) rules.long_side.exit = condition(2);
        if (random_.chance(0.6)) rules.short_side.exit = condition(2);
        if (random_.chance(0.4)) rules.stop_loss = level();
        if (random_.chance(0.4)) rules.take_profit = level();
        if (random_.chance(0.4)) rules.trailing_stop = level();
        if (random_.chance(0.3)) rules.max_bars = whole(1, 12);
        if (random_.chance(0.3)) rules.cooldown_bars = whole(0, 6);
        if (random_.chance(0.4)) rules.sizing = sizing();
        return rules;
    }

    // The same conditions with other levels, ages and pauses.
    Ruleset variant(Ruleset rules) {
        rules.stop_loss = rules.take_profit = rules.trailing_stop = std::nullopt;
        rules.max_bars = rules.cooldown_bars = std::nullopt;
        if (random_.chance(0.7)) rules.stop_loss = level();
        if (random_.chance(0.7)) rules.take_profit = level();
        if (random_.chance(0.05)) rules.trailing_stop = level();
        if (random_.chance(0.2)) rules.max_bars = whole(1, 4);
        if (random_.chance(0.3)) rules.cooldown_bars = whole(0, 6);
        return rules;
    }

    BacktestOptions options() {
        constexpr double fees[] = {0, 0.001, 0.01}, slips[] = {0, 0, 0.0005, 0.03};
        BacktestOptions options;
        options.fee_rate = fees[random_.below(3)];
        options.slippage = slips[random_.below(4)];
        options.fill = random_.chance(0.4) ? Fill::close : Fill::next_open;
        options.stop_on_entry_bar = random_.chance(0.6);
        if (random_.chance(0.2)) options.sizing = sizing();
        return options;
    }

private:
    // Braces are evaluated from left to right, arguments of a function in any order: the cases are the same everywhere.
    struct Parts {
        Op op;
        std::vector<Node> args;
    };
    static Node make(Parts parts) { return Node::make(parts.op, std::move(parts.args)); }

    Node whole(std::int64_t low, std::int64_t high) {
        return Node::number(static_cast<double>(random_.between(low, high)));
    }
    Node near() { return random_.chance(0.3) ? Node::number(std::round(30 + 60 * random_.uniform())) : leaf(); }
    Node leaf() {
        constexpr std::string_view names[] = {"open", "high", "low", "close", "volume", "hl2", "hlc3", "ohlc4"};
        if (random_.chance(0.25)) return Node::number(std::round(random_.uniform() * 100) / 2);
        return Node::series(std::string(names[random_.below(8)]));
    }
    Node comparison(int depth) {
        constexpr Op ops[] = {Op::greater, Op::greater_equal, Op::less, Op::less_equal, Op::equal, Op::not_equal};
        return make({ops[random_.below(6)], {number(depth), random_.chance(0.5) ? near() : number(depth)}});
    }
    Node indicator(int depth) {
        const auto all = all_indicators();
        for (;;) {
            const Indicator& definition = *all[random_.below(all.size())];
            Node node{.op = Op::indicator, .value = 0, .name = std::string(definition.name), .output = 0, .args = {}};
            node.output = static_cast<std::uint8_t>(random_.below(definition.outputs.size()));
            std::vector<double> values;
            for (const Argument& argument : definition.arguments)
                node.args.push_back(this->argument(argument, depth, values));
            if (definition.refuse == nullptr || definition.refuse(values).empty()) return node;
        }
    }
    Node argument(const Argument& argument, int depth, std::vector<double>& values) {
        if (argument.kind == ArgKind::series) return number(depth - 1);
        if (argument.kind == ArgKind::choice) {
            const std::size_t k = random_.below(argument.choices.size());
            values.push_back(static_cast<double>(k));
            return {.op = Op::choice, .value = 0, .name = std::string(argument.choices[k]), .output = 0, .args = {}};
        }
        double value = argument.standard;
        if (argument.kind == ArgKind::integer) {
            const double most = std::min(argument.maximum, std::max(argument.minimum, 12.0));
            value = static_cast<double>(
                random_.between(static_cast<std::int64_t>(argument.minimum), static_cast<std::int64_t>(most)));
        }
        values.push_back(value);
        return Node::number(value);
    }
    ExitLevel level() {
        ExitLevel level;
        if (random_.chance(0.5)) {
            constexpr double distances[] = {0.5, 1, 2, 5, 12.5, 110};
            level.distance = Node::number(distances[random_.chance(0.03) ? 5 : random_.below(5)]);
        } else {
            level.kind = ExitLevel::Kind::atr;
            level.distance =
                Node::number(0.5 * static_cast<double>(random_.between(1, random_.chance(0.05) ? 200 : 6)));
            level.period = whole(1, 20);
        }
        return level;
    }
    Sizing sizing() {
        switch (random_.below(3)) {
            case 0:
                return {};
            case 1:
                return {.kind = Sizing::Kind::fraction,
                        .amount = Node::number(0.25 * static_cast<double>(random_.between(1, 4)))};
            default:
                return {.kind = Sizing::Kind::units,
                        .amount = Node::number(static_cast<double>(random_.between(1, 400)))};
        }
    }

    Random& random_;
};

// "" when they are the same to the last bit, else what differs first.
inline std::string difference(const Backtest& a, const Backtest& b) {
    const auto text = [](const Trade& t) {
        return std::string(to_string(t.side)) + " " + std::to_string(t.entry_bar) + "-" + std::to_string(t.exit_bar) +
               " " + std::string(to_string(t.exit_reason)) + " " + std::to_string(t.entry_price) + "-" +
               std::to_string(t.exit_price) + " size " + std::to_string(t.size) + " pnl " + std::to_string(t.pnl) +
               " fees " + std::to_string(t.fees);
    };
    for (std::size_t i = 0; i < std::min(a.trades.size(), b.trades.size()); ++i)
        if (!(a.trades[i] == b.trades[i]))
            return "trade " + std::to_string(i) + ": " + text(a.trades[i]) + " against " + text(b.trades[i]);
    if (a.trades.size() != b.trades.size())
        return std::to_string(a.trades.size()) + " trades against " + std::to_string(b.trades.size());
    if (a.equity.size() != b.equity.size() || a.position.size() != b.position.size()) return "lengths";
    for (std::size_t t = 0; t < a.equity.size(); ++t)
        if (a.equity[t] != b.equity[t] || a.position[t] != b.position[t])
            return "bar " + std::to_string(t) + ": equity " + std::to_string(a.equity[t]) + " against " +
                   std::to_string(b.equity[t]);
    return "";
}

}  // namespace evolve::test
