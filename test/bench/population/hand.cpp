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

Outcome hand_oscillator(const BarsView& bars, const OscillatorRule& rule, const BacktestOptions& options) {
    const double *open = bars.open.data(), *high = bars.high.data(), *low = bars.low.data(), *close = bars.close.data();
    const std::size_t count = bars.size(), n = rule.band_period, m = rule.rsi_period, k = rule.atr_period;
    const double per_n = 1 / static_cast<double>(n), rsi_alpha = 1 / static_cast<double>(m),
                 atr_alpha = 1 / static_cast<double>(k), rsi_keep = 1 - rsi_alpha, atr_keep = 1 - atr_alpha;
    const double width = rule.deviations * rule.deviations, threshold = rule.rsi_below / 100;
    Account money = account(options);
    double gain = 0, loss = 0, range = 0, sum = 0, squares = 0;
    const double origin = close[0];  // keeps the squares small
    const std::size_t warm = std::max({n, m + 1, k + 1});
    for (std::size_t t = 0; t < warm; ++t) {
        const double d = close[t] - origin;
        if (t + n >= warm) {
            sum += d;
            squares += d * d;
        }
        if (t == 0) continue;
        const double move = close[t] - close[t - 1], up = std::max(move, 0.0), down = std::max(-move, 0.0);
        const double true_range = std::max(high[t], close[t - 1]) - std::min(low[t], close[t - 1]);
        gain = t <= m ? gain + up * rsi_alpha : gain * rsi_keep + up * rsi_alpha;
        loss = t <= m ? loss + down * rsi_alpha : loss * rsi_keep + down * rsi_alpha;
        range = t <= k ? range + true_range * atr_alpha : range * atr_keep + true_range * atr_alpha;
    }
    double stop = 0, target = 0;
    bool buy = false, sell = false;
    for (std::size_t t = warm;; ++t) {
        // The rules at the close before, without division: rsi < x is gain < x/100 of both.
        const double before = close[t - 1] - origin, mean = sum * per_n, above = before - mean;
        if (money.units > 0)
            sell = above > 0 && above * above > width * (squares * per_n - mean * mean);
        else
            buy = gain < threshold * (gain + loss);
        if (t == count) break;
        if (sell) {
            money.sell(open[t]);
            money.mark(money.cash);
            sell = false;
        }
        if (buy) {
            money.buy(open[t]);
            stop = open[t] - rule.stop * range;
            target = open[t] + rule.target * range;
            buy = false;
        }
        if (money.units > 0) {
            if (low[t] <= stop || high[t] >= target) {
                money.sell(low[t] <= stop ? std::min(open[t], stop) : std::max(open[t], target));
                money.mark(money.cash);
            } else {
                money.mark(money.units * close[t]);
                ++money.held;
            }
        }
        const double d = close[t] - origin, gone = close[t - n] - origin, move = close[t] - close[t - 1];
        sum += d - gone;
        squares += d * d - gone * gone;
        gain = gain * rsi_keep + std::max(move, 0.0) * rsi_alpha;
        loss = loss * rsi_keep + std::max(-move, 0.0) * rsi_alpha;
        range = range * atr_keep + (std::max(high[t], close[t - 1]) - std::min(low[t], close[t - 1])) * atr_alpha;
    }
    return money.outcome(count, options.periods_per_year);
}

}  // namespace evolve::bench
