// Backtests of rulesets on one series. Conventions: docs/backtest.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/control.hpp"
#include "core/ruleset/ruleset.hpp"
#include "core/series/bars.hpp"

namespace evolve {

enum class Fill : std::uint8_t { next_open, close };

struct BacktestOptions {
    double initial_capital = 10'000;  // quote currency, > 0
    double fee_rate = 0.001;          // fraction of the traded value, each leg; [0, 1)
    double slippage = 0;              // fraction of the price, against the trader, each leg; [0, 1)
    Fill fill = Fill::next_open;
    bool stop_on_entry_bar = true;
    std::optional<Sizing> sizing;  // given here wins over the ruleset's; neither: all in
    double risk_free = 0;          // annual rate, fraction
    double periods_per_year = 252;
    // Closes of the benchmark on the bars of the series (same length), NaN where it has none; empty: no benchmark.
    std::span<const double> benchmark = {};
};

enum class TradeSide : std::uint8_t { long_side, short_side };
enum class ExitReason : std::uint8_t { open, signal, reversal, stop_loss, take_profit, trailing_stop, max_bars };
std::string_view to_string(TradeSide side);
std::string_view to_string(ExitReason reason);

struct Trade {
    TradeSide side = TradeSide::long_side;
    ExitReason exit_reason = ExitReason::open;
    std::size_t entry_bar = 0, exit_bar = 0;  // 0-based; open trade: exit_bar is the last bar
    double entry_price = 0, exit_price = 0;   // fills, slippage included; open trade: exit_price is the last close
    double size = 0;                          // units, > 0
    double fees = 0;                          // entry and exit; open trade: entry only
    double pnl = 0;                           // money, net of fees; open trade: marked at the last close
    double return_fraction = 0;               // pnl / (size * entry_price)
    std::size_t bars_held() const { return exit_bar - entry_bar; }
    bool is_open() const { return exit_reason == ExitReason::open; }
    friend bool operator==(const Trade&, const Trade&) = default;
};

struct Backtest {
    std::vector<Trade> trades;    // in order of entry; only the last can be open
    LongVector<double> equity;    // per bar, marked at the close, money
    LongVector<double> position;  // per bar, units held at the close, negative when short
};

// Entry and exit conditions as bitmaps, bit t of word t/64: known and true at the close of bar t.
struct Signals {
    std::vector<std::uint64_t> long_entry, long_exit, short_entry, short_exit;
};

// A compiled population: every distinct indicator, comparison and condition once. Parameters must have values.
class Program;

// One ruleset on one series. Throws Error (invalid_option, interrupted). An empty series gives no trades.
Backtest backtest(const Ruleset& ruleset, BarsView bars, const BacktestOptions& options, const Control& control = {});

// A whole population on one series, compiled together; result i belongs to ruleset i and equals backtest(ruleset i).
// `consume` is called once per ruleset, from any of control.threads threads, so that results need not all be kept.
void backtest_many(std::span<const Ruleset> population, BarsView bars, const BacktestOptions& options,
                   const Control& control, const std::function<void(std::size_t index, Backtest&& result)>& consume);

// The values of one numeric expression, NaN where unknown; parameters bound.
std::vector<double> evaluate_series(const Node& expression, BarsView bars, const Control& control = {});
// The truth of one condition: 1 true, 0 false, -1 unknown.
std::vector<std::int8_t> evaluate_condition(const Node& condition, BarsView bars, const Control& control = {});

}  // namespace evolve
