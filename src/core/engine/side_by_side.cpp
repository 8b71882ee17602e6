// The trades of plain rules. Rules that enter and leave by the same signals are a bundle: what depends on bars alone is
// worked out once for all of them that enter at one bar, and once for all that leave at one; left to each is its money.
// Of many bundles, first all find where they enter, then all where a level is touched, then all leave: none waits for
// another, so a processor works on several at once. Branches are those that most trades take alike; what differs from
// trade to trade is chosen, not branched on. The arithmetic is that of simulate.hpp, operation by operation.
#include "core/engine/side_by_side.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace evolve {
namespace {

constexpr double largest = std::numeric_limits<double>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t bundles_together = 16;

template <class Visit>
void for_each_bit(std::uint64_t bits, Visit&& visit) {
    for (; bits != 0; bits &= bits - 1) visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

std::uint64_t bit_if(bool set, std::size_t i) { return std::uint64_t{set ? 1u : 0u} << i; }

void write_down(const Round& round, const RoundTrip& trip, Journal& journal) {
    const std::array<Holding, 2> holdings = holdings_of(round, trip);
    const bool held = holdings[1].first < holdings[1].last;
    journal.holdings.insert(journal.holdings.end(), holdings.begin(), holdings.end() - (held ? 0 : 1));
    journal.trades.push_back(trade_of(round, trip));
}

double choose(bool which, double yes, double no) {
    const std::uint64_t mask = std::uint64_t{0} - static_cast<std::uint64_t>(which);
    return std::bit_cast<double>((std::bit_cast<std::uint64_t>(yes) & mask) |
                                 (std::bit_cast<std::uint64_t>(no) & ~mask));
}

// Where a fixed stop or target lies for a fill; NaN where there is none.
class Level {
public:
    Level(const std::optional<LevelRule>& rule, std::span<const double> atr, bool below) {
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
    double factor_ = std::numeric_limits<double>::quiet_NaN();
    const double* atr_ = nullptr;
    double distance_ = 0;
};

}  // namespace

// All trades of a bundle that are open at a time began at the same bar: its next signal is the first that one of its
// rules is free for, and who is not free by then takes a later one. At most as many rules as a word has bits.
class SideBySide::Bundle {
public:
    explicit Bundle(Simulation& rule) : one_(&rule) { add(rule); }
    void add(Simulation& rule);
    bool takes(const Simulation& rule) const;

    // Goes on to where rules hold, and asks for the first bar that touches a level of theirs; false when there are no
    // more signals before bar `until`.
    template <bool is_long>
    bool ask(std::size_t until, RangeQuery& query);
    // Those whose levels bar `touch` touches leave, or all by the order that comes before it.
    template <bool is_long>
    void answer(std::size_t touch);
    // Once all have left: leaves the rules as they are then.
    void give_back();
    const PriceRanges* ranges() const { return one_->ranges_; }

private:
    // A rule and, while it holds, its trade, with one level below and one above the price, NaN where there is none.
    struct Lane {
        Simulation* rule;
        std::size_t from;       // the first bar whose close may bring an entry
        std::size_t flat_from;  // since when it is flat, or was when it entered
        double cash;            // that it has, or had when it entered
        double size, value, fee, floor, ceiling;
        Level stop, target;
        std::size_t cooldown;
    };
    // What all rules that leave at one bar share.
    struct Exit {
        std::size_t bar;
        bool touched;  // by a level, not by order
        double open, low, high;
        ExitReason by_order;
    };

    template <bool is_long>
    bool enter(std::size_t until);
    template <bool is_long>
    bool enter(Lane& lane, std::size_t signal) const;
    template <bool is_long>
    RoundTrip leave(Lane& lane, const Exit& exit) const;
    template <bool is_long>
    void stay_open(Lane& lane) const;

    Simulation* one_;  // any of the rules, whose signals are those of all
    std::vector<Lane> lanes_;
    std::uint64_t open_ = 0;  // by lane: whether it holds
    // Of all that hold: the bar and the price of entry, the first close that makes an order to leave, whether that is a
    // signal's, and the bars whose prices are still to be held against levels.
    std::size_t bar_ = 0, order_ = 0, next_ = 0, last_ = 0;
    double fill_ = 0;
    bool by_signal_ = false;
};

void SideBySide::Bundle::add(Simulation& rule) {
    const Rule& of = rule.rule_;
    const RuleValues& values = rule.values_;
    const bool is_long = values.short_entry.empty();
    lanes_.push_back({.rule = &rule,
                      .from = rule.from_,
                      .flat_from = rule.marked_,
                      .cash = rule.cash_,
                      .size = 0,
                      .value = 0,
                      .fee = 0,
                      .floor = 0,
                      .ceiling = 0,
                      .stop = {of.stop_loss, values.stop_atr, is_long},
                      .target = {of.take_profit, values.target_atr, !is_long},
                      .cooldown = of.cooldown_bars});
}

bool SideBySide::Bundle::takes(const Simulation& rule) const {
    const RuleValues &a = one_->values_, &b = rule.values_;
    const auto same = [](std::span<const std::uint64_t> x, std::span<const std::uint64_t> y) {
        return x.data() == y.data() && x.size() == y.size();
    };
    return lanes_.size() < bits_per_word && same(a.long_entry, b.long_entry) && same(a.long_exit, b.long_exit) &&
           same(a.short_entry, b.short_entry) && same(a.short_exit, b.short_exit) &&
           one_->rule_.max_bars == rule.rule_.max_bars && (one_->taker_ == nullptr) == (rule.taker_ == nullptr);
}

// Opens the trade of the signal; false when that is refused.
template <bool is_long>
bool SideBySide::Bundle::enter(Lane& lane, std::size_t signal) const {
    const double fee_rate = one_->options_.fee_rate;
    const double stop = lane.stop.at(fill_, signal), target = lane.target.at(fill_, signal);
    lane.from = bar_;
    lane.floor = is_long ? stop : target;
    lane.ceiling = is_long ? target : stop;
    lane.size = lane.cash / (fill_ * (1 + fee_rate));
    lane.value = lane.size * fill_;
    lane.fee = fee_rate * lane.value;
    if (is_long && stop <= 0) return false;
    return lane.value > 0 && lane.value <= largest && lane.size <= largest;  // also: no cash above 0
}

// Goes to the next bar at which rules enter.
template <bool is_long>
bool SideBySide::Bundle::enter(std::size_t until) {
    const BacktestOptions& options = one_->options_;
    const std::size_t count = one_->count_, max_bars = one_->rule_.max_bars;
    const TradeSide side = is_long ? TradeSide::long_side : TradeSide::short_side;
    while (open_ == 0) {
        std::size_t from = count;
        for (const Lane& lane : lanes_) from = std::min(from, lane.from);
        const std::size_t signal = one_->entries(side).at_or_after(from);
        bar_ = signal + 1;
        if (signal >= until || bar_ >= count) return false;
        fill_ = one_->bars_.open[bar_] * (is_long ? 1 + options.slippage : 1 - options.slippage);
        std::uint64_t free = 0;
        for (std::size_t i = 0; i < lanes_.size(); ++i) free |= bit_if(lanes_[i].from <= signal, i);
        for_each_bit(free, [&](std::size_t i) {
            const bool fine = enter<is_long>(lanes_[i], signal);
            open_ |= bit_if(fine && fill_ > 0, i);
        });
    }
    const std::size_t by_signal = one_->exits(side).at_or_after(bar_);
    const std::size_t by_age = max_bars > 0 ? bar_ + max_bars - 1 : count;
    order_ = std::min({by_signal, by_age, count});
    by_signal_ = order_ == by_signal;
    next_ = bar_ + (options.stop_on_entry_bar ? 0 : 1);
    last_ = std::min(order_, count - 1);
    return true;
}

template <bool is_long>
bool SideBySide::Bundle::ask(std::size_t until, RangeQuery& query) {
    if (open_ == 0 && !enter<is_long>(until)) return false;
    double floor = -infinity, ceiling = infinity;
    for_each_bit(open_, [&](std::size_t i) {  // NaN is neither above nor below
        floor = lanes_[i].floor > floor ? lanes_[i].floor : floor;
        ceiling = lanes_[i].ceiling < ceiling ? lanes_[i].ceiling : ceiling;
    });
    const bool no_levels = floor == -infinity && ceiling == infinity;
    query = {.first = no_levels ? last_ + 1 : next_, .last = last_, .below = floor, .above = ceiling, .found = 0};
    return true;
}

template <bool is_long>
void SideBySide::Bundle::answer(std::size_t touch) {
    one_->control_.check();
    const BarsView& bars = one_->bars_;
    const bool touched = touch <= last_;
    const std::size_t bar = touched ? touch : order_ + 1;
    if (bar >= bars.size()) {
        for_each_bit(open_, [&](std::size_t i) { stay_open<is_long>(lanes_[i]); });
        open_ = 0;
        return;
    }
    const Exit exit{.bar = bar,
                    .touched = touched,
                    .open = bars.open[bar],
                    .low = bars.low[bar],
                    .high = bars.high[bar],
                    .by_order = by_signal_ ? ExitReason::signal : ExitReason::max_bars};
    std::uint64_t leaving = open_;
    if (touched) {
        leaving = 0;
        for_each_bit(open_, [&](std::size_t i) {
            leaving |= bit_if(exit.low <= lanes_[i].floor, i) | bit_if(exit.high >= lanes_[i].ceiling, i);
        });
    }
    std::array<RoundTrip, bits_per_word> trips;
    std::size_t count = 0;
    for_each_bit(leaving, [&](std::size_t i) { trips[count++] = leave<is_long>(lanes_[i], exit); });
    const Round round{.side = is_long ? TradeSide::long_side : TradeSide::short_side,
                      .entry_bar = bar_,
                      .exit_bar = bar,
                      .entry_price = fill_};
    if (one_->taker_ != nullptr) {
        one_->taker_->pass(round, std::span(trips).first(count));
    } else {
        count = 0;
        for_each_bit(leaving, [&](std::size_t i) { write_down(round, trips[count++], lanes_[i].rule->result_); });
    }
    open_ &= ~leaving;
    next_ = bar + 1;
}

template <bool is_long>
RoundTrip SideBySide::Bundle::leave(Lane& lane, const Exit& exit) const {
    const BacktestOptions& options = one_->options_;
    const double stop = is_long ? lane.floor : lane.ceiling, target = is_long ? lane.ceiling : lane.floor;
    const bool stopped = is_long ? exit.low <= stop : exit.high >= stop;
    const double stop_price = is_long ? std::min(stop, exit.open) : std::max(stop, exit.open);
    const double target_price = is_long ? std::max(target, exit.open) : std::min(target, exit.open);
    const double price = choose(exit.touched, choose(stopped, stop_price, target_price), exit.open);
    const double slips = is_long ? 1 - options.slippage : 1 + options.slippage;
    const double fill = price * choose(exit.touched && !stopped, 1, slips);
    const double value = lane.size * fill, fee = options.fee_rate * value, fees = lane.fee + fee;
    const double cash_before = lane.cash, cash_held = is_long ? 0 : lane.cash + (lane.value - lane.fee);
    const std::size_t flat_from = lane.flat_from;
    lane.cash = is_long ? cash_held + (value - fee) : cash_held - (value + fee);
    lane.flat_from = exit.bar;
    lane.from = exit.bar + lane.cooldown;
    const ExitReason by_level = stopped ? ExitReason::stop_loss : ExitReason::take_profit;
    return {.follower = lane.rule->taker_,
            .flat_from = flat_from,
            .cash_before = cash_before,
            .cash_held = cash_held,
            .size = lane.size,
            .units = is_long ? lane.size : -lane.size,
            .entry_value = lane.value,
            .exit_value = value,
            .entry_fee = lane.fee,
            .fees = fees,
            .exit_price = fill,
            .pnl = (is_long ? fill - fill_ : fill_ - fill) * lane.size - fees,
            .exit_reason = exit.touched ? by_level : exit.by_order};
}

// Of a trade that is still open when the bars end.
template <bool is_long>
void SideBySide::Bundle::stay_open(Lane& lane) const {
    Simulation& rule = *lane.rule;
    rule.result_.holdings.push_back({.first = lane.flat_from, .last = bar_, .cash = lane.cash, .units = 0});
    rule.write_open(is_long ? TradeSide::long_side : TradeSide::short_side, bar_, fill_, lane.size, lane.fee);
    if constexpr (is_long)
        lane.cash = 0;
    else
        lane.cash += lane.value - lane.fee;
    lane.flat_from = bar_;
    lane.from = rule.count_;
    rule.units_ = is_long ? lane.size : -lane.size;
}

void SideBySide::Bundle::give_back() {
    for (const Lane& lane : lanes_) {
        lane.rule->from_ = lane.from;
        lane.rule->cash_ = lane.cash;
        lane.rule->marked_ = lane.flat_from;
    }
}

SideBySide::SideBySide(std::span<Simulation* const> simulations) {
    for (Simulation* one : simulations) {
        if (!one->plain_) {
            others_.push_back(one);
            continue;
        }
        std::vector<Bundle>& bundles = one->values_.short_entry.empty() ? longs_ : shorts_;
        if (!bundles.empty() && bundles.back().takes(*one))
            bundles.back().add(*one);
        else
            bundles.emplace_back(*one);
    }
}

SideBySide::~SideBySide() = default;

template <bool is_long>
void SideBySide::advance(std::span<Bundle> bundles, std::size_t until) {
    std::array<Bundle*, bundles_together> active;
    std::array<RangeQuery, bundles_together> queries;
    for (; !bundles.empty(); bundles = bundles.subspan(std::min(bundles.size(), bundles_together))) {
        const std::span<Bundle> together = bundles.first(std::min(bundles.size(), bundles_together));
        const PriceRanges* ranges = together.front().ranges();
        std::size_t count = 0;
        for (Bundle& bundle : together) active[count++] = &bundle;
        while (count > 0) {
            std::size_t kept = 0;
            for (std::size_t i = 0; i < count; ++i)
                if (active[i]->ask<is_long>(until, queries[kept])) active[kept++] = active[i];
            count = kept;
            if (ranges != nullptr)
                ranges->find(std::span(queries).first(count));
            else
                for (std::size_t i = 0; i < count; ++i) queries[i].found = queries[i].last + 1;
            for (std::size_t i = 0; i < count; ++i) active[i]->answer<is_long>(queries[i].found);
        }
        for (Bundle& bundle : together) bundle.give_back();
    }
}

void SideBySide::advance(std::size_t until) {
    for (Simulation* one : others_) one->advance(until);
    advance<true>(longs_, until);
    advance<false>(shorts_, until);
}

}  // namespace evolve
