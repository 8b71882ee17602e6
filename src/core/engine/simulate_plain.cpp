// The trades of plain rules in one loop without calls, whose branches are those that most trades take alike: what
// differs from trade to trade is chosen, not branched on. The arithmetic is that of simulate.hpp, operation by
// operation.
#include <bit>
#include <limits>

#include "core/engine/simulate.hpp"

namespace evolve {
namespace {

constexpr double largest = std::numeric_limits<double>::max();

double choose(bool which, double yes, double no) {
    const std::uint64_t mask = std::uint64_t{0} - static_cast<std::uint64_t>(which);
    return std::bit_cast<double>((std::bit_cast<std::uint64_t>(yes) & mask) |
                                 (std::bit_cast<std::uint64_t>(no) & ~mask));
}

// Where a level lies for a fill.
class PlainLevel {
public:
    PlainLevel(const std::optional<LevelRule>& rule, std::span<const double> atr, bool below) {
        if (!rule) return;
        if (rule->kind == ExitLevel::Kind::percent) {
            factor_ = below ? 1 - rule->distance : 1 + rule->distance;
        } else {
            atr_ = atr.data();
            distance_ = below ? -rule->distance : rule->distance;
        }
    }
    double at(double fill, std::size_t signal) const {
        return atr_ == nullptr ? fill * factor_ : fill + distance_ * atr_[signal];
    }

private:
    double factor_ = std::numeric_limits<double>::quiet_NaN();  // NaN: no level
    const double* atr_ = nullptr;
    double distance_ = 0;
};

}  // namespace

bool Simulation::is_plain() const {
    const bool one_side = values_.long_entry.empty() != values_.short_entry.empty();
    return one_side && !fills_at_close_ && sizing_.kind == Sizing::Kind::all_in && !rule_.trailing_stop;
}

void Simulation::write_down(std::size_t trades, std::size_t holdings) {
    const auto first_trade = latest_trades_.begin();
    const auto first_holding = latest_holdings_.begin();
    result_.trades.insert(result_.trades.end(), first_trade, first_trade + static_cast<std::ptrdiff_t>(trades));
    result_.holdings.insert(result_.holdings.end(), first_holding,
                            first_holding + static_cast<std::ptrdiff_t>(holdings));
}

template <bool is_long>
void Simulation::advance_plain(std::size_t until) {
    constexpr TradeSide side = is_long ? TradeSide::long_side : TradeSide::short_side;
    const double *open = bars_.open.data(), *hurt = is_long ? bars_.low.data() : bars_.high.data();
    const double slippage = options_.slippage, fee_rate = options_.fee_rate;
    const double entry_factor = is_long ? 1 + slippage : 1 - slippage,
                 exit_factor = is_long ? 1 - slippage : 1 + slippage;
    const PlainLevel stop_level(rule_.stop_loss, values_.stop_atr, is_long);
    const PlainLevel target_level(rule_.take_profit, values_.target_atr, !is_long);
    const std::size_t age = rule_.max_bars > 0 ? rule_.max_bars - 1 : count_, cooldown = rule_.cooldown_bars;
    const std::size_t first_tested = options_.stop_on_entry_bar ? 0 : 1;
    Cursor entry = entries(side), exit = exits(side);
    std::size_t from = from_, marked = marked_;
    std::size_t trades = 0, holdings = 0;  // that are not in the journal yet
    double cash = cash_;

    control_.check();
    for (;;) {
        const std::size_t signal = entry.at_or_after(from), bar = signal + 1;
        if (signal >= until || bar >= count_) break;
        from = bar;
        const double fill = open[bar] * entry_factor;
        const double stop = stop_level.at(fill, signal), target = target_level.at(fill, signal);
        if (!(fill > 0) || (is_long && stop <= 0)) continue;
        const double size = cash / (fill * (1 + fee_rate)), value = size * fill;
        if (!(value > 0 && value <= largest && size <= largest)) continue;  // also: no cash above 0
        if (trades == trades_at_once) {
            control_.check();
            write_down(trades, holdings);
            trades = holdings = 0;
        }
        const double entry_fee = fee_rate * value, held_cash = is_long ? 0 : cash + (value - entry_fee);
        latest_holdings_[holdings++] = {.first = marked, .last = bar, .cash = cash, .units = 0};

        // The first close that makes an order to leave, and the first touch of a level before it is filled.
        const std::size_t by_signal = exit.at_or_after(bar), by_age = std::min(count_, bar + age);
        const std::size_t order = std::min(by_signal, by_age), last = std::min(order, count_ - 1);
        std::size_t touch = count_;
        if (needs_levels_ && bar + first_tested <= last) {
            touch = ranges_->first_outside(bar + first_tested, last, is_long ? stop : target, is_long ? target : stop);
        }
        const bool touched = touch <= last;
        const std::size_t left = touched ? touch : order + 1;

        Trade& trade = latest_trades_[trades++];
        const double units = is_long ? size : -size;
        if (left >= count_) {  // still open when the bars end
            from = count_;
            marked = bar;
            cash = held_cash;
            units_ = units;
            trade = {.side = side,
                     .exit_reason = ExitReason::open,
                     .entry_bar = bar,
                     .exit_bar = bar,
                     .entry_price = fill,
                     .exit_price = fill,
                     .size = size,
                     .fees = entry_fee,
                     .pnl = 0,
                     .return_fraction = 0};
            break;
        }
        const double at_open = open[left];
        const bool stopped = is_long ? hurt[left] <= stop : hurt[left] >= stop;
        const double stop_price = is_long ? std::min(stop, at_open) : std::max(stop, at_open);
        const double target_price = is_long ? std::max(target, at_open) : std::min(target, at_open);
        const double price = choose(touched, choose(stopped, stop_price, target_price), at_open);
        const double exit_fill = price * choose(touched && !stopped, 1, exit_factor);
        const double exit_value = size * exit_fill, exit_fee = fee_rate * exit_value;
        latest_holdings_[holdings] = {.first = bar, .last = left, .cash = held_cash, .units = units};
        holdings += left > bar ? 1 : 0;
        cash = is_long ? held_cash + (exit_value - exit_fee) : held_cash - (exit_value + exit_fee);
        marked = left;
        from = left + cooldown;
        const ExitReason by_order = order == by_signal ? ExitReason::signal : ExitReason::max_bars;
        const ExitReason by_level = stopped ? ExitReason::stop_loss : ExitReason::take_profit;
        const double fees = entry_fee + exit_fee;
        const double pnl = (is_long ? exit_fill - fill : fill - exit_fill) * size - fees;
        trade.side = side;
        trade.exit_reason = touched ? by_level : by_order;
        trade.entry_bar = bar;
        trade.exit_bar = left;
        trade.entry_price = fill;
        trade.exit_price = exit_fill;
        trade.size = size;
        trade.fees = fees;
        trade.pnl = pnl;
        trade.return_fraction = pnl / value;
    }
    write_down(trades, holdings);
    entries(side) = entry;
    exits(side) = exit;
    from_ = from;
    marked_ = marked;
    cash_ = cash;
}

template void Simulation::advance_plain<true>(std::size_t);
template void Simulation::advance_plain<false>(std::size_t);

}  // namespace evolve
