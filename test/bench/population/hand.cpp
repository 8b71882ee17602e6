#include "hand.hpp"

#include <algorithm>
#include <cmath>

namespace evolve::bench {
namespace {

// The money side of a loop. Small enough to stay in registers; all of it is inlined into the loop.
struct Account {
    double cash, fee, initial, units = 0, entry_price = 0;
    double previous = cash, peak = cash, deepest = 0, floor = cash;
    double sum = 0, squares = 0, downside = 0, wins = 0, losses = 0, fees = 0;
    std::size_t held = 0, trades = 0, winners = 0;

    void buy(double price) {
        units = cash / (price * (1 + fee));
        fees += fee * units * price;
        cash = 0;
        entry_price = price;
    }
    void sell(double price) {
        const double value = units * price, paid = fee * value;
        const double pnl = (price - entry_price) * units - (paid + fee * units * entry_price);
        cash = value - paid;
        fees += paid;
        units = 0;
        ++trades;
        winners += pnl > 0;
        (pnl > 0 ? wins : losses) += pnl;
    }
    void mark(double equity) {
        const double r = equity / previous - 1;
        sum += r;
        squares += r * r;
        const double below = std::min(r, 0.0);
        downside += below * below;
        previous = equity;
        peak = std::max(peak, equity);
        if (equity < floor * peak) {  // a division only when the record falls
            floor = equity / peak;
            deepest = floor - 1;
        }
    }
    Outcome outcome(std::size_t bars, double per_year) const {
        const double n = static_cast<double>(bars - 1), mean = sum / n;
        const double deviation = std::sqrt((squares - n * mean * mean) / (n - 1));
        Outcome result;
        result.final_equity = previous;
        result.total_return = previous / initial - 1;
        result.volatility = deviation * std::sqrt(per_year);
        result.sharpe_ratio = mean / deviation * std::sqrt(per_year);
        result.sortino_ratio = mean * per_year / (std::sqrt(downside / n) * std::sqrt(per_year));
        result.max_drawdown = deepest;
        result.exposure = static_cast<double>(held) / static_cast<double>(bars);
        result.total_trades = static_cast<double>(trades);
        result.win_rate = static_cast<double>(winners) / static_cast<double>(trades);
        result.profit_factor = wins / -losses;
        result.expectancy = (wins + losses) / static_cast<double>(trades);
        result.fees_paid = fees;
        return result;
    }
};

Account account(const BacktestOptions& options) {
    Account result{.cash = options.initial_capital, .fee = options.fee_rate, .initial = options.initial_capital};
    result.floor = 1;
    return result;
}

}  // namespace

Outcome hand_crossover(const BarsView& bars, std::size_t fast, std::size_t slow, const BacktestOptions& options) {
    const double *open = bars.open.data(), *close = bars.close.data();
    const std::size_t count = bars.size();
    const double per_fast = 1 / static_cast<double>(fast), per_slow = 1 / static_cast<double>(slow);
    Account money = account(options);
    double sum_fast = 0, sum_slow = 0;
    for (std::size_t t = 0; t < slow; ++t) {
        sum_slow += close[t];
        if (t + fast >= slow) sum_fast += close[t];
    }
    bool above = sum_fast * per_fast > sum_slow * per_slow, buy = false, sell = false;
    for (std::size_t t = slow; t < count; ++t) {
        if (buy) money.buy(open[t]);
        if (sell) {
            money.sell(open[t]);
            money.mark(money.cash);
        } else if (money.units > 0) {
            money.mark(money.units * close[t]);
        }
        money.held += money.units > 0;
        sum_fast += close[t] - close[t - fast];
        sum_slow += close[t] - close[t - slow];
        const bool now = sum_fast * per_fast > sum_slow * per_slow;
        buy = now && !above && money.units == 0;
        sell = !now && above && money.units > 0;
        above = now;
    }
    return money.outcome(count, options.periods_per_year);
}

namespace {

// Wilder's averages as they go from bar to bar, not yet divided by their periods: of gains, of moves either way, and of
// true ranges.
struct Averages {
    double rsi_keep, atr_keep;
    double gains = 0, moves = 0, ranges = 0;

    void first(const BarsView& bars, std::size_t rsi_period, std::size_t atr_period, std::size_t until) {
        for (std::size_t t = 1; t < until; ++t) {
            if (t > rsi_period) {
                gains *= rsi_keep;
                moves *= rsi_keep;
            }
            if (t > atr_period) ranges *= atr_keep;
            const double before = bars.close[t - 1], move = bars.close[t] - before;
            gains += std::max(move, 0.0);
            moves += std::fabs(move);
            ranges += std::max(bars.high[t], before) - std::min(bars.low[t], before);
        }
    }
    void next(double high, double low, double before, double close) {
        const double move = close - before;
        gains = gains * rsi_keep + std::max(move, 0.0);
        moves = moves * rsi_keep + std::fabs(move);
        ranges = ranges * atr_keep + (std::max(high, before) - std::min(low, before));
    }
};

}  // namespace

Outcome hand_oscillator(const BarsView& bars, const OscillatorRule& rule, const BacktestOptions& options) {
    const double *open = bars.open.data(), *high = bars.high.data(), *low = bars.low.data(), *close = bars.close.data();
    const std::size_t count = bars.size(), n = rule.band_period, m = rule.rsi_period, k = rule.atr_period;
    const double per_n = 1 / static_cast<double>(n), per_k = 1 / static_cast<double>(k);
    const double width = rule.deviations * rule.deviations, threshold = rule.rsi_below / 100;
    Account money = account(options);
    Averages averages{.rsi_keep = 1 - 1 / static_cast<double>(m), .atr_keep = 1 - per_k};
    const std::size_t warm = std::max({n, m + 1, k + 1});
    averages.first(bars, m, k, warm);
    const double origin = close[0];  // keeps the squares small
    double sum = 0, squares = 0;
    for (std::size_t t = warm - n; t < warm; ++t) {
        const double d = close[t] - origin;
        sum += d;
        squares += d * d;
    }
    double stop = 0, target = 0;
    for (std::size_t t = warm; t < count; ++t) {
        const double before = close[t - 1];
        bool sell = false;
        if (money.units > 0) {
            const double mean = sum * per_n, above = before - origin - mean;
            sell = above > 0 && above * above > width * (squares * per_n - mean * mean);
        } else if (averages.gains <
                   threshold * averages.moves) {  // without division: rsi < x is gains < x/100 of moves
            money.buy(open[t]);
            stop = open[t] - rule.stop * (averages.ranges * per_k);
            target = open[t] + rule.target * (averages.ranges * per_k);
        }
        if (money.units > 0) {
            if (sell || low[t] <= stop || high[t] >= target) {
                money.sell(sell ? open[t] : low[t] <= stop ? std::min(open[t], stop) : std::max(open[t], target));
                money.mark(money.cash);
            } else {
                money.mark(money.units * close[t]);
                ++money.held;
            }
        }
        const double d = close[t] - origin, gone = close[t - n] - origin;
        sum += d - gone;
        squares += d * d - gone * gone;
        averages.next(high[t], low[t], before, close[t]);
    }
    return money.outcome(count, options.periods_per_year);
}

}  // namespace evolve::bench
