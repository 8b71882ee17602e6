// From signals to trades and equity. The conventions are those of docs/backtest.md; the arithmetic, in full:
//
//   buying pays       price * (1 + slippage)          a market order or a stop
//   selling gets      price * (1 - slippage)          a market order or a stop
//   a target fills at its level, or at the open beyond it, without slippage
//   size              all in    cash / (fill * (1 + fee_rate))
//                     fraction  fraction * cash / (fill * (1 + fee_rate))      1 is all in
//                     units     as given
//   value             size * fill
//   fee               fee_rate * value                                         each leg
//   enter long        cash = cash - (value + fee); all in: exactly 0           units = size
//   enter short       cash = cash + (value - fee)                              units = -size
//   leave long        cash = cash + (value - fee)                              units = 0
//   leave short       cash = cash - (value + fee)                              units = 0
//   equity            cash + units * close; flat: cash
//   fees              entry fee + exit fee
//   pnl               long  (exit - entry) * size - fees
//                     short (entry - exit) * size - fees
//   return            pnl / (size * entry)
//
//   stop, percent     long fill * (1 - distance)      short fill * (1 + distance)
//   stop, ATR         long fill - distance * atr      short fill + distance * atr     atr at the bar of the signal
//   target            mirrored
//   trailing          like a stop, from the peak (short: trough) instead of the fill; the peak starts at the fill and
//                     is raised to each later bar's high after that bar was tested
//
// No entry: when a fill is not above 0; when all-in or fractional sizing finds no cash above 0; when a long's stop or
// first trailing level would not be above 0; when size or value are not finite numbers above 0.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/engine/backtest.hpp"
#include "core/engine/bitmap.hpp"
#include "core/engine/follower.hpp"
#include "core/engine/levels.hpp"
#include "core/engine/price_ranges.hpp"
#include "core/engine/program.hpp"

namespace evolve {

// What the rule's steps evaluate to. Bitmaps: empty when never true. ATR columns: empty unless the level needs one.
struct RuleValues {
    std::span<const std::uint64_t> long_entry = {}, long_exit = {}, short_entry = {}, short_exit = {};
    std::span<const double> stop_atr = {}, target_atr = {}, trailing_atr = {};
};

// The next true bar of a bitmap, for questions that only move forward: the whole bitmap is read once.
class Cursor {
public:
    Cursor(std::span<const std::uint64_t> bits, std::size_t bars)
        : bits_(bits), bars_(bars), next_(bits.empty() ? bars : next_set_bit(bits, 0, bars)) {}
    std::size_t at_or_after(std::size_t bar) {
        if (next_ < bar) next_ = next_set_bit(bits_, bar, bars_);
        return next_;
    }

private:
    std::span<const std::uint64_t> bits_;
    std::size_t bars_;
    std::size_t next_;
};

// One rule's way through the bars. It can be gone a stretch at a time, so that many rules go side by side over bars
// that are in the cache.
class Simulation {
public:
    // Writes over `into`, whose memory is used again. Options must have passed check_options(). `ranges` are those of
    // `bars`; only rules that need_ranges() read them. Round trips of plain rules are passed to the taker, when there
    // is one. All that is passed must outlive the simulation, `values` what they refer to.
    Simulation(const Rule& rule, const RuleValues& values, const BarsView& bars, const PriceRanges* ranges,
               const BacktestOptions& options, const Control& control, Journal& into, Follower* taker = nullptr);

    // Makes all trades whose first signal comes before bar `until`. Throws Error(interrupted).
    void advance(std::size_t until);
    // All the rest, and the state at the last bar. Once.
    void finish();

private:
    friend class SideBySide;  // makes the trades of plain rules

    struct MarketExit {
        std::size_t signal = 0;  // the bar at whose close the order is made; count_: none
        ExitReason reason = ExitReason::signal;
        bool reverses = false;
    };

    Cursor& entries(TradeSide side) { return entries_[side == TradeSide::short_side ? 1 : 0]; }
    Cursor& exits(TradeSide side) { return exits_[side == TradeSide::short_side ? 1 : 0]; }
    // The bar that fills an order made at the close of bar `signal`, and the price before slippage.
    std::size_t fill_bar(std::size_t signal) const { return fills_at_close_ ? signal : signal + 1; }
    double fill_price(std::size_t bar) const { return fills_at_close_ ? bars_.close[bar] : bars_.open[bar]; }

    bool enter(TradeSide side, std::size_t signal);
    void write_open(TradeSide side, std::size_t bar, double fill, double size, double fee);
    Levels levels_at(double fill, bool is_long, std::size_t signal) const;
    MarketExit next_market_exit(TradeSide side, std::size_t entry_bar);
    void leave(std::size_t bar, double price, bool pays_slippage, ExitReason reason);
    void mark(std::size_t until);
    std::size_t hold(std::size_t signal);
    void close_books();

    const Rule& rule_;
    const RuleValues values_;
    const BarsView& bars_;
    const PriceRanges* ranges_;
    const BacktestOptions& options_;
    const Control& control_;
    const std::size_t count_;
    const bool fills_at_close_;
    const SizeRule sizing_;
    Cursor entries_[2], exits_[2];
    const bool needs_levels_;
    const bool plain_;

    std::size_t from_ = 0;  // the first bar whose close may bring an entry
    double cash_;
    double units_ = 0;
    std::size_t marked_ = 0;  // bars before this one have their equity
    Levels levels_;
    Journal& result_;
    Follower* const taker_;
};

bool needs_ranges(const Rule& rule);
// Whether a rule's trades are made together with those of others: it holds one side, all in, from open to open, with
// fixed levels or none.
bool is_plain(const Rule& rule, const BacktestOptions& options);

// Equity and position of every bar.
Backtest with_bars(Journal&& journal, const BarsView& bars, const Control& control);

// Throws Error(invalid_option) when an option is outside its domain.
void check_options(const BacktestOptions& options, std::size_t bars);

}  // namespace evolve
