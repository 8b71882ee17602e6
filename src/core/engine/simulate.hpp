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

#include <span>

#include "core/engine/backtest.hpp"
#include "core/engine/price_ranges.hpp"
#include "core/engine/program.hpp"

namespace evolve {

// What the rule's steps evaluate to. Bitmaps: empty when never true. ATR columns: empty unless the level needs one.
struct RuleValues {
    std::span<const std::uint64_t> long_entry = {}, long_exit = {}, short_entry = {}, short_exit = {};
    std::span<const double> stop_atr = {}, target_atr = {}, trailing_atr = {};
};

// Bars [first, last) at whose closes nothing is bought or sold: equity is cash + units * close there, cash when flat.
struct Holding {
    std::size_t first = 0, last = 0;
    double cash = 0, units = 0;
};

// A backtest without its bars: what holds between two changes of the position is written down once.
struct Journal {
    std::vector<Trade> trades;
    std::vector<Holding> holdings;  // of all bars, in order
};

// Options must have passed check_options(). `ranges` are those of `bars`; only rules that need_ranges() read them.
// Throws Error(interrupted).
Journal simulate(const Rule& rule, const RuleValues& values, const BarsView& bars, const PriceRanges* ranges,
                 const BacktestOptions& options, const Control& control);
bool needs_ranges(const Rule& rule);

// Equity and position of every bar.
Backtest with_bars(Journal&& journal, const BarsView& bars, const Control& control);

// Throws Error(invalid_option) when an option is outside its domain.
void check_options(const BacktestOptions& options, std::size_t bars);

}  // namespace evolve
