// The engine once more, slow and plain: whole columns of optional values by walking the tree, then one bar after the
// other. It shares no code with the engine but the indicators. The arithmetic follows core/engine/simulate.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/engine/backtest.hpp"
#include "core/indicators/indicator.hpp"
#include "core/ruleset/language.hpp"

namespace evolve::test {

using Number = std::optional<double>;
using Truth = std::optional<bool>;  // Kleene's third value is nullopt

class ReferenceRules {
public:
    explicit ReferenceRules(BarsView bars) : bars_(bars) {}

    std::vector<Number> numbers(const Node& node) const {
        std::vector<Number> result(bars_.size());
        switch (node.op) {
            case Op::constant:
                std::fill(result.begin(), result.end(), known(node.value));
                break;
            case Op::series:
                for (std::size_t t = 0; t < bars_.size(); ++t) result[t] = price(node.name, t);
                break;
            case Op::indicator:
                return indicator(node);
            case Op::lag:
                if (is_constant(node.args[0])) return numbers(node.args[0]);
                return lagged(numbers(node.args[0]), count(node.args[1]));
            case Op::negate:
            case Op::absolute: {
                const auto x = numbers(node.args[0]);
                for (std::size_t t = 0; t < x.size(); ++t)
                    if (x[t]) result[t] = node.op == Op::negate ? -*x[t] : std::fabs(*x[t]);
                break;
            }
            default: {
                const auto a = numbers(node.args[0]), b = numbers(node.args[1]);
                for (std::size_t t = 0; t < a.size(); ++t)
                    if (a[t] && b[t]) result[t] = known(arithmetic(node.op, *a[t], *b[t]));
            }
        }
        return result;
    }

    std::vector<Truth> truths(const Node& node) const {
        switch (node.op) {
            case Op::logical_not:
                return negated(truths(node.args[0]));
            case Op::logical_and:
            case Op::logical_or: {
                std::vector<Truth> result = truths(node.args[0]);
                for (std::size_t i = 1; i < node.args.size(); ++i) {
                    const auto next = truths(node.args[i]);
                    for (std::size_t t = 0; t < result.size(); ++t)
                        result[t] = node.op == Op::logical_and ? both(result[t], next[t]) : either(result[t], next[t]);
                }
                return result;
            }
            case Op::lag:
                return lagged(truths(node.args[0]), count(node.args[1]));
            case Op::all_of:
                return all_of(truths(node.args[0]), count(node.args[1]));
            case Op::any_of:
                return negated(all_of(negated(truths(node.args[0])), count(node.args[1])));
            case Op::rising:
            case Op::falling: {
                const Node before = Node::make(Op::lag, {node.args[0], Node::number(1)});
                const Op op = node.op == Op::rising ? Op::greater : Op::less;
                return all_of(compared(op, numbers(node.args[0]), numbers(before)), count(node.args[1]));
            }
            case Op::between: {
                const auto x = numbers(node.args[0]);
                auto result = compared(Op::greater_equal, x, numbers(node.args[1]));
                const auto below = compared(Op::less_equal, x, numbers(node.args[2]));
                for (std::size_t t = 0; t < x.size(); ++t) result[t] = both(result[t], below[t]);
                return result;
            }
            case Op::crosses_above:
            case Op::crosses_below: {
                const bool above = node.op == Op::crosses_above;
                const auto a = numbers(node.args[0]), b = numbers(node.args[1]);
                auto result = compared(above ? Op::greater : Op::less, a, b);
                const auto before = lagged(compared(above ? Op::less_equal : Op::greater_equal, a, b), 1);
                for (std::size_t t = 0; t < a.size(); ++t) result[t] = both(result[t], before[t]);
                return result;
            }
            default:
                return compared(node.op, numbers(node.args[0]), numbers(node.args[1]));
        }
    }

    static std::size_t count(const Node& node) { return static_cast<std::size_t>(node.value); }

private:
    static Number known(double value) { return std::isfinite(value) ? Number(value) : std::nullopt; }

    static double arithmetic(Op op, double a, double b) {
        switch (op) {
            case Op::add:
                return a + b;
            case Op::subtract:
                return a - b;
            case Op::multiply:
                return a * b;
            case Op::divide:
                return a / b;
            default:
                throw std::logic_error("no arithmetic");
        }
    }

    // A constant expression has always been what it is; everything else has a first bar.
    static bool is_constant(const Node& node) {
        switch (node.op) {
            case Op::constant:
                return true;
            case Op::lag:
                return is_constant(node.args[0]);
            case Op::negate:
            case Op::absolute:
            case Op::add:
            case Op::subtract:
            case Op::multiply:
            case Op::divide:
                return std::all_of(node.args.begin(), node.args.end(),
                                   [](const Node& arg) { return is_constant(arg); });
            default:
                return false;
        }
    }

    double price(const std::string& name, std::size_t t) const {
        const double o = bars_.open[t], h = bars_.high[t], l = bars_.low[t], c = bars_.close[t];
        if (name == "open") return o;
        if (name == "high") return h;
        if (name == "low") return l;
        if (name == "close") return c;
        if (name == "volume") return bars_.volume[t];
        if (name == "hl2") return (h + l) / 2;
        if (name == "hlc3") return (h + l + c) / 3;
        if (name == "ohlc4") return (o + h + l + c) / 4;
        throw std::logic_error("no series " + name);
    }

    std::vector<Number> indicator(const Node& node) const {
        const Indicator& definition = *find_indicator(node.name);
        std::vector<double> x, arguments;
        for (std::size_t i = 0; i < node.args.size(); ++i) {
            const Argument& argument = definition.arguments[i];
            if (argument.kind == ArgKind::series) {
                for (const Number& value : numbers(node.args[i])) x.push_back(value.value_or(std::nan("")));
            } else if (argument.kind == ArgKind::choice) {
                std::size_t k = 0;
                while (argument.choices[k] != node.args[i].name) ++k;
                arguments.push_back(static_cast<double>(k));
            } else {
                arguments.push_back(node.args[i].value);
            }
        }
        std::vector<std::vector<double>> columns(definition.outputs.size(), std::vector<double>(bars_.size()));
        std::vector<std::span<double>> spans(columns.begin(), columns.end());
        compute_indicator(definition, x, bars_, arguments, spans);
        std::vector<Number> result;
        for (const double value : columns[node.output]) result.push_back(known(value));
        return result;
    }

    template <class T>
    static std::vector<T> lagged(const std::vector<T>& x, std::size_t k) {
        std::vector<T> result(x.size());
        for (std::size_t t = k; t < x.size(); ++t) result[t] = x[t - k];
        return result;
    }

    static Truth both(Truth a, Truth b) {
        if (a == Truth(false) || b == Truth(false)) return false;
        return a && b ? Truth(true) : std::nullopt;
    }
    static Truth either(Truth a, Truth b) {
        if (a == Truth(true) || b == Truth(true)) return true;
        return a && b ? Truth(false) : std::nullopt;
    }
    static std::vector<Truth> negated(std::vector<Truth> x) {
        for (Truth& value : x)
            if (value) value = !*value;
        return x;
    }
    static std::vector<Truth> all_of(const std::vector<Truth>& x, std::size_t n) {
        std::vector<Truth> result(x.size());
        for (std::size_t t = 0; t < x.size(); ++t) {
            Truth value = true;
            for (std::size_t k = 0; k < n; ++k) {
                value = both(value, k <= t ? x[t - k] : std::nullopt);
                if (k > t) break;  // all further ones are unknown too
            }
            result[t] = value;
        }
        return result;
    }
    static std::vector<Truth> compared(Op op, const std::vector<Number>& a, const std::vector<Number>& b) {
        std::vector<Truth> result(a.size());
        for (std::size_t t = 0; t < a.size(); ++t) {
            if (!a[t] || !b[t]) continue;
            const double x = *a[t], y = *b[t];
            switch (op) {
                case Op::greater:
                    result[t] = x > y;
                    break;
                case Op::greater_equal:
                    result[t] = x >= y;
                    break;
                case Op::less:
                    result[t] = x < y;
                    break;
                case Op::less_equal:
                    result[t] = x <= y;
                    break;
                case Op::equal:
                    result[t] = x == y;
                    break;
                case Op::not_equal:
                    result[t] = x != y;
                    break;
                default:
                    throw std::logic_error("no comparison");
            }
        }
        return result;
    }

    BarsView bars_;
};

class ReferenceEngine {
public:
    ReferenceEngine(const Ruleset& ruleset, BarsView bars, const BacktestOptions& options)
        : rules_(ruleset), bars_(bars), options_(options), cash_(options.initial_capital) {
        const ReferenceRules evaluate(bars);
        const auto signals = [&](const std::optional<Node>& node, bool on) {
            std::vector<bool> result(bars.size(), false);
            if (!node || !on) return result;
            const auto truths = evaluate.truths(*node);
            for (std::size_t t = 0; t < result.size(); ++t) result[t] = truths[t] == Truth(true);
            return result;
        };
        const bool longs = rules_.direction != Direction::short_only, shorts = rules_.direction != Direction::long_only;
        entry_[0] = signals(rules_.long_side.entry, longs);
        exit_[0] = signals(rules_.long_side.exit, longs);
        entry_[1] = signals(rules_.short_side.entry, shorts);
        exit_[1] = signals(rules_.short_side.exit, shorts);
        const std::optional<ExitLevel>* levels[] = {&rules_.stop_loss, &rules_.take_profit, &rules_.trailing_stop};
        for (int i = 0; i < 3; ++i)
            if (*levels[i] && (*levels[i])->kind == ExitLevel::Kind::atr)
                atr_[i] = evaluate.numbers(
                    {.op = Op::indicator, .value = 0, .name = "atr", .output = 0, .args = {(*levels[i])->period}});
    }

    Backtest run() {
        for (t_ = 0; t_ < bars_.size(); ++t_) {
            if (options_.fill == Fill::next_open) execute_orders(bars_.open[t_]);
            if (position_) test_levels();
            decide();
            if (options_.fill == Fill::close) execute_orders(bars_.close[t_]);
            const double units = position_ ? (position_->side == 0 ? position_->size : -position_->size) : 0;
            result_.position.push_back(units);
            result_.equity.push_back(cash_ + units * bars_.close[t_]);
        }
        if (position_) list_trade(bars_.size() - 1, bars_.close.back(), 0, ExitReason::open);
        return result_;
    }

private:
    struct Position {
        int side;  // 0 long, 1 short
        std::size_t entry_bar;
        double entry_price, size, entry_fee;
        Number stop, target, trail_factor, trail_amount;
        double peak;
    };

    bool may_enter() const { return !last_exit_ || t_ >= *last_exit_ + cooldown(); }
    std::size_t cooldown() const { return rules_.cooldown_bars ? ReferenceRules::count(*rules_.cooldown_bars) : 0; }

    bool enters(int side) const {
        if (!entry_[side][t_]) return false;
        for (const auto& atr : atr_)
            if (atr && !(*atr)[t_]) return false;
        return true;
    }

    void decide() {
        signal_bar_ = t_;
        if (!position_) {
            if (!may_enter()) return;
            if (enters(0))
                order_entry_ = 0;
            else if (enters(1))
                order_entry_ = 1;
            return;
        }
        const int side = position_->side, other = 1 - side;
        if (rules_.max_bars) {
            const std::size_t age = t_ - position_->entry_bar + (options_.fill == Fill::next_open ? 1 : 0);
            if (age >= ReferenceRules::count(*rules_.max_bars)) order_exit_ = ExitReason::max_bars;
        }
        if (enters(other)) {
            order_exit_ = ExitReason::reversal;
            if (cooldown() == 0) order_entry_ = other;
        }
        if (exit_[side][t_]) order_exit_ = ExitReason::signal;
    }

    void execute_orders(double price) {
        if (order_exit_) {
            const double fill =
                position_->side == 0 ? price * (1 - options_.slippage) : price * (1 + options_.slippage);
            close_position(fill, *order_exit_);
        }
        if (order_entry_) open_position(*order_entry_, price);
        order_exit_.reset();
        order_entry_.reset();
    }

    void open_position(int side, double price) {
        const double fill = side == 0 ? price * (1 + options_.slippage) : price * (1 - options_.slippage);
        const Sizing sizing = options_.sizing ? *options_.sizing : rules_.sizing.value_or(Sizing{});
        const bool all_in =
            sizing.kind == Sizing::Kind::all_in || (sizing.kind == Sizing::Kind::fraction && sizing.amount.value == 1);
        if (fill <= 0) return;
        if (sizing.kind != Sizing::Kind::units && cash_ <= 0) return;
        double size = 0;
        switch (sizing.kind) {
            case Sizing::Kind::all_in:
                size = cash_ / (fill * (1 + options_.fee_rate));
                break;
            case Sizing::Kind::fraction:
                size = sizing.amount.value * cash_ / (fill * (1 + options_.fee_rate));
                break;
            case Sizing::Kind::units:
                size = sizing.amount.value;
                break;
        }
        Position position{.side = side,
                          .entry_bar = t_,
                          .entry_price = fill,
                          .size = size,
                          .entry_fee = options_.fee_rate * (size * fill),
                          .stop = {},
                          .target = {},
                          .trail_factor = {},
                          .trail_amount = {},
                          .peak = fill};
        position.stop = level(rules_.stop_loss, 0, fill, side == 0);
        position.target = level(rules_.take_profit, 1, fill, side == 1);
        Number first_trail;
        if (rules_.trailing_stop) {
            const ExitLevel& trailing = *rules_.trailing_stop;
            if (trailing.kind == ExitLevel::Kind::percent)
                position.trail_factor =
                    side == 0 ? 1 - trailing.distance.value / 100 : 1 + trailing.distance.value / 100;
            else
                position.trail_amount = trailing.distance.value * *(*atr_[2])[signal_bar_];
            first_trail = trail_level(position);
        }
        if (side == 0 && ((position.stop && *position.stop <= 0) || (first_trail && *first_trail <= 0))) return;
        if (side == 0)
            cash_ = all_in ? 0 : cash_ - (size * fill + position.entry_fee);
        else
            cash_ = cash_ + (size * fill - position.entry_fee);
        position_ = position;
    }

    Number level(const std::optional<ExitLevel>& rule, std::size_t which, double fill, bool below) const {
        if (!rule) return std::nullopt;
        if (rule->kind == ExitLevel::Kind::percent) {
            const double distance = rule->distance.value / 100;
            return below ? fill * (1 - distance) : fill * (1 + distance);
        }
        const double distance = rule->distance.value * *(*atr_[which])[signal_bar_];
        return below ? fill - distance : fill + distance;
    }

    static double trail_level(const Position& position) {
        if (position.trail_factor) return position.peak * *position.trail_factor;
        return position.side == 0 ? position.peak - *position.trail_amount : position.peak + *position.trail_amount;
    }

    void test_levels() {
        const bool entry_bar = position_->entry_bar == t_;
        if (entry_bar && !options_.stop_on_entry_bar) return;
        const bool is_long = position_->side == 0;
        const double open = bars_.open[t_], high = bars_.high[t_], low = bars_.low[t_];
        Number stop = position_->stop;
        ExitReason reason = ExitReason::stop_loss;
        const bool trails = (position_->trail_factor || position_->trail_amount) && !entry_bar;
        if (trails) {
            const double trail = trail_level(*position_);
            if (!stop || (is_long ? trail > *stop : trail < *stop)) {
                stop = trail;
                reason = ExitReason::trailing_stop;
            }
        }
        if (stop && (is_long ? low <= *stop : high >= *stop)) {
            const bool gap = is_long ? open <= *stop : open >= *stop;
            const double price = gap ? open : *stop;
            close_position(is_long ? price * (1 - options_.slippage) : price * (1 + options_.slippage), reason);
            return;
        }
        const Number target = position_->target;
        if (target && (is_long ? high >= *target : low <= *target)) {
            const bool gap = is_long ? open >= *target : open <= *target;
            close_position(gap ? open : *target, ExitReason::take_profit);
            return;
        }
        if (trails) position_->peak = is_long ? std::max(position_->peak, high) : std::min(position_->peak, low);
    }

    void close_position(double fill, ExitReason reason) {
        const double value = position_->size * fill, fee = options_.fee_rate * value;
        cash_ = position_->side == 0 ? cash_ + (value - fee) : cash_ - (value + fee);
        list_trade(t_, fill, fee, reason);
        position_.reset();
        last_exit_ = t_;
    }

    void list_trade(std::size_t exit_bar, double exit_price, double exit_fee, ExitReason reason) {
        const Position& p = *position_;
        Trade trade;
        trade.side = p.side == 0 ? TradeSide::long_side : TradeSide::short_side;
        trade.exit_reason = reason;
        trade.entry_bar = p.entry_bar;
        trade.exit_bar = exit_bar;
        trade.entry_price = p.entry_price;
        trade.exit_price = exit_price;
        trade.size = p.size;
        trade.fees = p.entry_fee + exit_fee;
        const double move = p.side == 0 ? exit_price - p.entry_price : p.entry_price - exit_price;
        trade.pnl = move * p.size - trade.fees;
        trade.return_fraction = trade.pnl / (p.size * p.entry_price);
        result_.trades.push_back(trade);
    }

    Ruleset rules_;  // bound
    BarsView bars_;
    BacktestOptions options_;
    std::vector<bool> entry_[2], exit_[2];
    std::optional<std::vector<Number>> atr_[3];
    double cash_;
    std::size_t t_ = 0, signal_bar_ = 0;
    std::optional<Position> position_;
    std::optional<ExitReason> order_exit_;
    std::optional<int> order_entry_;
    std::optional<std::size_t> last_exit_;
    Backtest result_;
};

inline Backtest reference_backtest(const Ruleset& ruleset, BarsView bars, const BacktestOptions& options) {
    return ReferenceEngine(bind_parameters(ruleset), bars, options).run();
}

}  // namespace evolve::test
