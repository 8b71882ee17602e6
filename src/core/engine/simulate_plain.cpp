// The trades of plain rules, many rules side by side: first all find where they enter, then all where their levels are
// touched, then all leave. No rule waits for another, so a processor works on several at once. Branches are those that
// most trades take alike; what differs from trade to trade is chosen, not branched on. The arithmetic is that of
// simulate.hpp, operation by operation.
#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "core/engine/simulate.hpp"

namespace evolve {
namespace {

constexpr double largest = std::numeric_limits<double>::max();
constexpr std::size_t lanes_together = 16;

double choose(bool which, double yes, double no) {
    const std::uint64_t mask = std::uint64_t{0} - static_cast<std::uint64_t>(which);
    return std::bit_cast<double>((std::bit_cast<std::uint64_t>(yes) & mask) |
                                 (std::bit_cast<std::uint64_t>(no) & ~mask));
}

}  // namespace

// A trade that has begun.
struct Simulation::Opening {
    std::size_t bar, by_signal, order;                  // order: the first close that makes an order to leave
    double fill, size, value, fee, cash, stop, target;  // cash: while it is held
};

PlainLevel::PlainLevel(const std::optional<LevelRule>& rule, std::span<const double> atr, bool below) {
    if (!rule) return;
    if (rule->kind == ExitLevel::Kind::percent) {
        factor_ = below ? 1 - rule->distance : 1 + rule->distance;
    } else {
        atr_ = atr.data();
        distance_ = below ? -rule->distance : rule->distance;
    }
}

void Simulation::write_down() {
    control_.check();
    const auto trade = latest_trades_.begin();
    const auto holding = latest_holdings_.begin();
    result_.trades.insert(result_.trades.end(), trade, trade + static_cast<std::ptrdiff_t>(late_trades_));
    result_.holdings.insert(result_.holdings.end(), holding, holding + static_cast<std::ptrdiff_t>(late_holdings_));
    late_trades_ = late_holdings_ = 0;
}

// The next trade whose signal comes before bar `until`; false when there is none.
template <bool is_long>
bool Simulation::open_plain(std::size_t until, Opening& opening, RangeQuery& query) {
    constexpr TradeSide side = is_long ? TradeSide::long_side : TradeSide::short_side;
    for (;;) {
        const std::size_t signal = entries(side).at_or_after(from_), bar = signal + 1;
        if (signal >= until || bar >= count_) return false;
        from_ = bar;
        const double fill = bars_.open[bar] * (is_long ? 1 + options_.slippage : 1 - options_.slippage);
        const double stop = stop_.at(fill, signal), target = target_.at(fill, signal);
        if (!(fill > 0) || (is_long && stop <= 0)) continue;
        const double size = cash_ / (fill * (1 + options_.fee_rate)), value = size * fill;
        if (!(value > 0 && value <= largest && size <= largest)) continue;  // also: no cash above 0
        const double fee = options_.fee_rate * value;
        const std::size_t by_signal = exits(side).at_or_after(bar);
        const std::size_t by_age = rule_.max_bars > 0 ? bar + rule_.max_bars - 1 : count_;
        const std::size_t order = std::min({by_signal, by_age, count_}), last = std::min(order, count_ - 1);
        opening = {.bar = bar,
                   .by_signal = by_signal,
                   .order = order,
                   .fill = fill,
                   .size = size,
                   .value = value,
                   .fee = fee,
                   .cash = is_long ? 0 : cash_ + (value - fee),
                   .stop = stop,
                   .target = target};
        query.first = bar + (options_.stop_on_entry_bar ? 0 : 1);
        query.last = last;
        query.below = is_long ? stop : target;
        query.above = is_long ? target : stop;
        return true;
    }
}

// Leaves at the touch, or by the order where `touch` comes after it; false when the bars end before.
template <bool is_long>
bool Simulation::close_plain(const Opening& opening, std::size_t touch) {
    const auto [bar, by_signal, order, fill, size, value, entry_fee, held_cash, stop, target] = opening;
    const bool touched = touch <= std::min(order, count_ - 1);
    const std::size_t left = touched ? touch : order + 1;
    const double units = is_long ? size : -size;
    if (late_trades_ == trades_at_once) write_down();
    latest_holdings_[late_holdings_++] = {.first = marked_, .last = bar, .cash = cash_, .units = 0};
    Trade& trade = latest_trades_[late_trades_++];
    trade.side = is_long ? TradeSide::long_side : TradeSide::short_side;
    trade.entry_bar = bar;
    trade.entry_price = fill;
    trade.size = size;
    if (left >= count_) {  // still open when the bars end
        trade.exit_reason = ExitReason::open;
        trade.exit_bar = bar;
        trade.exit_price = fill;
        trade.fees = entry_fee;
        trade.pnl = trade.return_fraction = 0;
        from_ = count_;
        marked_ = bar;
        cash_ = held_cash;
        units_ = units;
        return false;
    }
    const double at_open = bars_.open[left], slippage = options_.slippage;
    const bool stopped = is_long ? bars_.low[left] <= stop : bars_.high[left] >= stop;
    const double stop_price = is_long ? std::min(stop, at_open) : std::max(stop, at_open);
    const double target_price = is_long ? std::max(target, at_open) : std::min(target, at_open);
    const double price = choose(touched, choose(stopped, stop_price, target_price), at_open);
    const double exit_fill = price * choose(touched && !stopped, 1, is_long ? 1 - slippage : 1 + slippage);
    const double exit_value = size * exit_fill, exit_fee = options_.fee_rate * exit_value, fees = entry_fee + exit_fee;
    const double pnl = (is_long ? exit_fill - fill : fill - exit_fill) * size - fees;
    latest_holdings_[late_holdings_] = {.first = bar, .last = left, .cash = held_cash, .units = units};
    late_holdings_ += left > bar ? 1 : 0;
    cash_ = is_long ? held_cash + (exit_value - exit_fee) : held_cash - (exit_value + exit_fee);
    marked_ = left;
    from_ = left + rule_.cooldown_bars;
    const ExitReason by_order = order == by_signal ? ExitReason::signal : ExitReason::max_bars;
    const ExitReason by_level = stopped ? ExitReason::stop_loss : ExitReason::take_profit;
    trade.exit_reason = touched ? by_level : by_order;
    trade.exit_bar = left;
    trade.exit_price = exit_fill;
    trade.fees = fees;
    trade.pnl = pnl;
    trade.return_fraction = pnl / value;
    return true;
}

template <bool is_long>
void Simulation::advance_plain(std::span<Simulation* const> lanes, std::size_t until) {
    std::array<Simulation*, lanes_together> active;
    std::array<Opening, lanes_together> openings;
    std::array<RangeQuery, lanes_together> queries;
    std::size_t count = lanes.size();
    std::copy(lanes.begin(), lanes.end(), active.begin());
    while (count > 0) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count; ++i)
            if (active[i]->open_plain<is_long>(until, openings[kept], queries[kept])) active[kept++] = active[i];
        count = std::exchange(kept, 0);
        if (count == 0) break;
        const std::span<RangeQuery> asked = std::span(queries).first(count);
        for (std::size_t i = 0; i < count; ++i)
            if (!active[i]->needs_levels_) asked[i].first = asked[i].last + 1;
        if (lanes.front()->ranges_ != nullptr)
            lanes.front()->ranges_->find(asked);
        else
            for (RangeQuery& query : asked) query.found = query.last + 1;
        for (std::size_t i = 0; i < count; ++i)
            if (active[i]->close_plain<is_long>(openings[i], queries[i].found)) active[kept++] = active[i];
        count = kept;
    }
    for (Simulation* lane : lanes) lane->write_down();
}

void Simulation::advance(std::span<Simulation* const> simulations, std::size_t until) {
    std::array<Simulation*, lanes_together> longs, shorts;
    while (!simulations.empty()) {
        const auto together = simulations.first(std::min(simulations.size(), lanes_together));
        simulations = simulations.subspan(together.size());
        std::size_t long_count = 0, short_count = 0;
        for (Simulation* one : together) {
            if (!one->plain_)
                one->advance(until);
            else if (one->values_.short_entry.empty())
                longs[long_count++] = one;
            else
                shorts[short_count++] = one;
        }
        if (long_count > 0) advance_plain<true>(std::span(longs).first(long_count), until);
        if (short_count > 0) advance_plain<false>(std::span(shorts).first(short_count), until);
    }
}

}  // namespace evolve
