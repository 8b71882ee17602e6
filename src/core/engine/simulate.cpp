#include "core/engine/simulate.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/engine/bitmap.hpp"
#include "core/engine/compile.hpp"
#include "core/engine/levels.hpp"
#include "core/engine/side_by_side.hpp"

namespace evolve {
namespace {

SizeRule effective_sizing(const Rule& rule, const BacktestOptions& options) {
    SizeRule sizing = options.sizing ? compile_sizing(*options.sizing) : rule.sizing.value_or(SizeRule{});
    if (sizing.kind == Sizing::Kind::fraction && sizing.amount == 1) sizing.kind = Sizing::Kind::all_in;
    return sizing;
}

}  // namespace

Simulation::Simulation(const Rule& rule, const RuleValues& values, const BarsView& bars, const PriceRanges* ranges,
                       const BacktestOptions& options, const Control& control, Journal& into, Follower* taker)
    : rule_(rule),
      values_(values),
      bars_(bars),
      ranges_(ranges),
      options_(options),
      control_(control),
      count_(bars.size()),
      fills_at_close_(options.fill == Fill::close),
      sizing_(effective_sizing(rule, options)),
      entries_{Cursor(values.long_entry, count_), Cursor(values.short_entry, count_)},
      exits_{Cursor(values.long_exit, count_), Cursor(values.short_exit, count_)},
      needs_levels_(needs_ranges(rule)),
      plain_(is_plain(rule, options)),
      cash_(options.initial_capital),
      result_(into),
      taker_(taker) {
    result_.trades.clear();
    result_.holdings.clear();
}

// Writes down the bars up to `until`, at whose closes nothing has changed since the last call.
void Simulation::mark(std::size_t until) {
    if (marked_ >= until) return;
    result_.holdings.push_back({.first = marked_, .last = until, .cash = cash_, .units = units_});
    marked_ = until;
}

Levels Simulation::levels_at(double fill, bool is_long, std::size_t signal) const {
    const auto away = [&](const LevelRule& level, std::span<const double> atr, bool below) {
        if (level.kind == ExitLevel::Kind::percent) return fill * (below ? 1 - level.distance : 1 + level.distance);
        const double amount = level.distance * atr[signal];
        return below ? fill - amount : fill + amount;
    };
    Levels levels;
    levels.peak = fill;
    if (rule_.stop_loss) levels.stop = away(*rule_.stop_loss, values_.stop_atr, is_long);
    if (rule_.take_profit) levels.target = away(*rule_.take_profit, values_.target_atr, !is_long);
    if (rule_.trailing_stop) {
        const LevelRule& trailing = *rule_.trailing_stop;
        if (trailing.kind == ExitLevel::Kind::percent)
            levels.trailing_factor = is_long ? 1 - trailing.distance : 1 + trailing.distance;
        else
            levels.trailing_amount = trailing.distance * values_.trailing_atr[signal];
    }
    return levels;
}

// Opens a position for the order made at the close of `signal`; false when it is refused.
bool Simulation::enter(TradeSide side, std::size_t signal) {
    const bool is_long = side == TradeSide::long_side;
    const std::size_t bar = fill_bar(signal);
    const double fill = fill_price(bar) * (is_long ? 1 + options_.slippage : 1 - options_.slippage);
    if (!(fill > 0)) return false;
    const Levels levels = needs_levels_ ? levels_at(fill, is_long, signal) : Levels{};
    if (needs_levels_ && is_long) {
        const double first_trail =
            std::isnan(levels.trailing_factor) ? fill - levels.trailing_amount : fill * levels.trailing_factor;
        if (levels.stop <= 0 || first_trail <= 0) return false;
    }
    double size = sizing_.amount;
    if (sizing_.kind == Sizing::Kind::all_in) size = cash_ / (fill * (1 + options_.fee_rate));
    if (sizing_.kind == Sizing::Kind::fraction) size = sizing_.amount * cash_ / (fill * (1 + options_.fee_rate));
    const double value = size * fill;
    if (!(value > 0 && std::isfinite(value) && std::isfinite(size))) return false;  // also: no cash above 0
    const double fee = options_.fee_rate * value;

    mark(bar);
    if (is_long)
        cash_ = sizing_.kind == Sizing::Kind::all_in ? 0 : cash_ - (value + fee);
    else
        cash_ = cash_ + (value - fee);
    units_ = is_long ? size : -size;
    levels_ = levels;
    write_open(side, bar, fill, size, fee);
    return true;
}

void Simulation::write_open(TradeSide side, std::size_t bar, double fill, double size, double fee) {
    result_.trades.push_back({.side = side,
                              .exit_reason = ExitReason::open,
                              .entry_bar = bar,
                              .exit_bar = bar,
                              .entry_price = fill,
                              .exit_price = fill,
                              .size = size,
                              .fees = fee,
                              .pnl = 0,
                              .return_fraction = 0});
}

void Simulation::leave(std::size_t bar, double price, bool pays_slippage, ExitReason reason) {
    mark(bar);
    Trade& trade = result_.trades.back();
    const bool is_long = trade.side == TradeSide::long_side;
    const double slippage = pays_slippage ? options_.slippage : 0;
    const double fill = price * (is_long ? 1 - slippage : 1 + slippage);
    const double value = trade.size * fill, fee = options_.fee_rate * value;
    cash_ = is_long ? cash_ + (value - fee) : cash_ - (value + fee);
    units_ = 0;
    trade.exit_reason = reason;
    trade.exit_bar = bar;
    trade.exit_price = fill;
    trade.fees += fee;
    trade.pnl = (is_long ? fill - trade.entry_price : trade.entry_price - fill) * trade.size - trade.fees;
    trade.return_fraction = trade.pnl / (trade.size * trade.entry_price);
}

// The first close that makes a market order to leave: an exit signal, before an opposite entry, before max_bars.
Simulation::MarketExit Simulation::next_market_exit(TradeSide side, std::size_t entry_bar) {
    // A position that was opened at this very close has already used this bar's signals.
    const std::size_t first = fills_at_close_ ? entry_bar + 1 : entry_bar;
    const TradeSide other = side == TradeSide::long_side ? TradeSide::short_side : TradeSide::long_side;
    const std::size_t by_signal = exits(side).at_or_after(first), by_entry = entries(other).at_or_after(first);
    std::size_t by_age = count_;
    if (rule_.max_bars > 0) by_age = std::min(count_, entry_bar + rule_.max_bars - (fills_at_close_ ? 0 : 1));
    const std::size_t signal = std::min({by_signal, by_entry, by_age});
    const ExitReason reason = signal == by_signal  ? ExitReason::signal
                              : signal == by_entry ? ExitReason::reversal
                                                   : ExitReason::max_bars;
    return {.signal = signal, .reason = reason, .reverses = signal == by_entry};
}

// Follows the open position to its end, and those that reversals open after it. Returns the first bar whose close may
// bring a new entry, count_ or more when there is none.
std::size_t Simulation::hold(std::size_t signal) {
    for (;;) {
        control_.check();
        const TradeSide side = result_.trades.back().side;
        const std::size_t entry_bar = fill_bar(signal);
        const MarketExit market = next_market_exit(side, entry_bar);
        if (needs_levels_) {
            const std::size_t first = !fills_at_close_ && options_.stop_on_entry_bar ? entry_bar : entry_bar + 1;
            const auto touch =
                first_touch(side == TradeSide::long_side, levels_, first, std::min(market.signal, count_ - 1),
                            entry_bar + 1, bars_, *ranges_, control_);
            if (touch) {
                leave(touch->bar, touch->price, touch->reason != ExitReason::take_profit, touch->reason);
                return touch->bar + rule_.cooldown_bars;
            }
        }
        const std::size_t bar = fill_bar(market.signal);
        if (bar >= count_) return count_;  // still open when the bars end
        leave(bar, fill_price(bar), true, market.reason);
        const std::size_t free_again = std::max(bar + rule_.cooldown_bars, market.signal + 1);
        if (!market.reverses || rule_.cooldown_bars > 0) return free_again;
        const TradeSide other = side == TradeSide::long_side ? TradeSide::short_side : TradeSide::long_side;
        if (!enter(other, market.signal)) return free_again;
        signal = market.signal;
    }
}

void Simulation::advance(std::size_t until) {
    if (plain_) {
        Simulation* const only = this;
        return SideBySide({&only, 1}).advance(until);
    }
    for (;;) {
        const std::size_t long_entry = entries(TradeSide::long_side).at_or_after(from_);
        const std::size_t short_entry = entries(TradeSide::short_side).at_or_after(from_);
        const std::size_t signal = std::min(long_entry, short_entry);
        if (signal >= until || fill_bar(signal) >= count_) return;
        const TradeSide side = long_entry <= short_entry ? TradeSide::long_side : TradeSide::short_side;
        control_.check();
        from_ = enter(side, signal) ? hold(signal) : signal + 1;
    }
}

void Simulation::finish() {
    advance(count_);
    close_books();
}

void Simulation::close_books() {
    mark(count_);
    if (result_.trades.empty() || !result_.trades.back().is_open()) return;
    Trade& trade = result_.trades.back();
    trade.exit_bar = count_ - 1;
    trade.exit_price = bars_.close.back();
    const double move = trade.side == TradeSide::long_side ? trade.exit_price - trade.entry_price
                                                           : trade.entry_price - trade.exit_price;
    trade.pnl = move * trade.size - trade.fees;
    trade.return_fraction = trade.pnl / (trade.size * trade.entry_price);
}

bool is_plain(const Rule& rule, const BacktestOptions& options) {
    const bool one_side = (rule.long_entry == no_step) != (rule.short_entry == no_step);
    return one_side && options.fill != Fill::close && effective_sizing(rule, options).kind == Sizing::Kind::all_in &&
           !rule.trailing_stop;
}

bool needs_ranges(const Rule& rule) { return rule.stop_loss || rule.take_profit || rule.trailing_stop; }

Backtest with_bars(Journal&& journal, const BarsView& bars, const Control& control) {
    Backtest result{.trades = std::move(journal.trades), .equity = {}, .position = {}};
    result.equity.reserve(bars.size());
    result.position.reserve(bars.size());
    for (const Holding& holding : journal.holdings) {
        for (std::size_t begin = holding.first; begin < holding.last; begin += bars_per_poll) {
            control.check();
            const std::size_t end = std::min(holding.last, begin + bars_per_poll);
            result.position.resize(end, holding.units);
            if (holding.units == 0) {
                result.equity.resize(end, holding.cash);
                continue;
            }
            result.equity.resize(end);
            for (std::size_t bar = begin; bar < end; ++bar)
                result.equity[bar] = holding.cash + holding.units * bars.close[bar];
        }
    }
    return result;
}

void check_options(const BacktestOptions& options, std::size_t bars) {
    const auto need = [](bool fine, const char* message) {
        if (!fine) throw Error(ErrorCode::invalid_option, message);
    };
    need(options.initial_capital > 0 && std::isfinite(options.initial_capital),
         "initial_capital must be greater than 0");
    need(options.fee_rate >= 0 && options.fee_rate < 1, "fee_rate must be at least 0 and less than 1");
    need(options.slippage >= 0 && options.slippage < 1, "slippage must be at least 0 and less than 1");
    need(options.risk_free > -1 && std::isfinite(options.risk_free), "risk_free must be greater than -1");
    need(options.periods_per_year > 0 && std::isfinite(options.periods_per_year),
         "periods_per_year must be greater than 0");
    need(options.benchmark.empty() || options.benchmark.size() == bars,
         "the benchmark must have a value for every bar");
    if (options.sizing) {
        try {
            compile_sizing(*options.sizing);
        } catch (const Error& error) {
            throw Error(ErrorCode::invalid_option, error.message());
        }
    }
}

}  // namespace evolve
