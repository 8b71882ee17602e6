// The other side of the SQL benchmark: a hundred strategies of RSI entry, Bollinger exit, ATR stop and target on
// 100,000 bars, computed by the loop that one would write by hand for just that.
//
//     oscillators FOLDER    writes bars.csv, rulesets.csv and hand.csv (what the loop computed) for COPY
//     oscillators time N    prints the least milliseconds of N runs of all strategies
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace {

constexpr std::size_t bar_count = 100'000, strategy_count = 100;
constexpr double fee = 0.001, capital = 10'000, per_year = 252;

struct Bars {
    std::vector<double> open, high, low, close, volume;
};

// A random walk; splitmix64, so that it is the same everywhere.
Bars made_bars() {
    std::uint64_t state = 1;
    const auto uniform = [&] {
        std::uint64_t z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
    };
    Bars bars;
    double price = 100;
    for (std::size_t t = 0; t < bar_count; ++t) {
        const double open = price, close = price * (1 + 0.01 * (uniform() - 0.5));
        bars.open.push_back(open);
        bars.close.push_back(close);
        bars.high.push_back(std::max(open, close) * (1 + 0.002 * uniform()));
        bars.low.push_back(std::min(open, close) * (1 - 0.002 * uniform()));
        bars.volume.push_back(std::floor(1000 * uniform()));
        price = close;
    }
    return bars;
}

struct Rule {
    std::size_t rsi_period, band_period, atr_period;
    double rsi_below, deviations, stop, target;
};

std::vector<Rule> rules() {
    std::vector<Rule> all;
    for (std::size_t i = 0; i < strategy_count; ++i) {
        const auto level = static_cast<double>(i / 25);
        all.push_back({.rsi_period = 8 + 3 * (i % 5),
                       .band_period = 15 + 5 * (i / 5 % 5),
                       .atr_period = 14,
                       .rsi_below = 25,
                       .deviations = 2,
                       .stop = 1.5 + 0.5 * level,
                       .target = 3 + level});
    }
    return all;
}

struct Outcome {
    double final_equity, volatility, sharpe_ratio, max_drawdown, exposure, win_rate, profit_factor;
    std::size_t trades;
};

// Cash, position and the sums of the metrics; all of it ends up inside the loop.
struct Money {
    double cash = capital, units = 0, entry = 0, paid = 0, before = capital, peak = capital, deepest = 1;
    double sum = 0, squares = 0, wins = 0, losses = 0;
    std::size_t held = 0, trades = 0, winners = 0;

    void buy(double price) {
        units = cash / (price * (1 + fee));
        paid = fee * units * price;
        entry = price;
        cash = 0;
    }
    void sell(double price) {
        const double value = units * price, pnl = (price - entry) * units - paid - fee * value;
        cash = value - fee * value;
        units = 0;
        ++trades;
        winners += pnl > 0 ? 1u : 0u;
        (pnl > 0 ? wins : losses) += pnl;
        mark(cash);
    }
    void mark(double equity) {
        const double r = equity / before - 1;
        sum += r;
        squares += r * r;
        before = equity;
        peak = std::max(peak, equity);
        if (equity < deepest * peak) deepest = equity / peak;
    }
    Outcome outcome() const {
        const double n = static_cast<double>(bar_count - 1), mean = sum / n;
        const double deviation = std::sqrt((squares - n * mean * mean) / (n - 1));
        return {.final_equity = before,
                .volatility = deviation * std::sqrt(per_year),
                .sharpe_ratio = mean / deviation * std::sqrt(per_year),
                .max_drawdown = deepest - 1,
                .exposure = static_cast<double>(held) / static_cast<double>(bar_count),
                .win_rate = static_cast<double>(winners) / static_cast<double>(trades),
                .profit_factor = wins / -losses,
                .trades = trades};
    }
};

// One pass: Wilder sums, running sums of closes and squares, no division where a product does.
Outcome by_hand(const Bars& bars, const Rule& rule) {
    const double *open = bars.open.data(), *high = bars.high.data(), *low = bars.low.data(), *close = bars.close.data();
    const std::size_t n = rule.band_period, m = rule.rsi_period, k = rule.atr_period;
    const double per_n = 1 / static_cast<double>(n), rsi_step = 1 / static_cast<double>(m),
                 atr_step = 1 / static_cast<double>(k), rsi_keep = 1 - rsi_step, atr_keep = 1 - atr_step;
    const double width = rule.deviations * rule.deviations, threshold = rule.rsi_below / 100, origin = close[0];
    const std::size_t warm = std::max({n, m + 1, k + 1});
    double gain = 0, loss = 0, range = 0, sum = 0, squares = 0;
    for (std::size_t t = 0; t < warm; ++t) {
        const double d = close[t] - origin;
        if (t + n >= warm) {
            sum += d;
            squares += d * d;
        }
        if (t == 0) continue;
        const double move = close[t] - close[t - 1];
        const double true_range = std::max(high[t], close[t - 1]) - std::min(low[t], close[t - 1]);
        gain = (t <= m ? gain : gain * rsi_keep) + std::max(move, 0.0) * rsi_step;
        loss = (t <= m ? loss : loss * rsi_keep) + std::max(-move, 0.0) * rsi_step;
        range = (t <= k ? range : range * atr_keep) + true_range * atr_step;
    }
    Money money;
    double stop = 0, target = 0;
    for (std::size_t t = warm; t < bar_count; ++t) {
        // The rules at the close of the bar before.
        const double mean = sum * per_n, above = close[t - 1] - origin - mean;
        if (money.units > 0) {
            if (above > 0 && above * above > width * (squares * per_n - mean * mean)) money.sell(open[t]);
        } else if (gain < threshold * (gain + loss)) {
            money.buy(open[t]);
            stop = open[t] - rule.stop * range;
            target = open[t] + rule.target * range;
        }
        if (money.units > 0) {
            if (low[t] <= stop) {
                money.sell(std::min(open[t], stop));
            } else if (high[t] >= target) {
                money.sell(std::max(open[t], target));
            } else {
                money.mark(money.units * close[t]);
                ++money.held;
            }
        }
        const double d = close[t] - origin, gone = close[t - n] - origin, move = close[t] - close[t - 1];
        sum += d - gone;
        squares += d * d - gone * gone;
        gain = gain * rsi_keep + std::max(move, 0.0) * rsi_step;
        loss = loss * rsi_keep + std::max(-move, 0.0) * rsi_step;
        range = range * atr_keep + (std::max(high[t], close[t - 1]) - std::min(low[t], close[t - 1])) * atr_step;
    }
    return money.outcome();
}

std::FILE* created(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) {
        std::perror(path.c_str());
        std::exit(1);
    }
    return file;
}

void write_files(const std::string& folder) {
    const Bars bars = made_bars();
    std::FILE* file = created(folder + "/bars.csv");
    for (std::size_t t = 0; t < bar_count; ++t)
        std::fprintf(file, "%zu,%.17g,%.17g,%.17g,%.17g,%.17g\n", t, bars.open[t], bars.high[t], bars.low[t],
                     bars.close[t], bars.volume[t]);
    std::fclose(file);
    std::FILE* const rulesets = created(folder + "/rulesets.csv");
    std::FILE* const hand = created(folder + "/hand.csv");
    std::size_t number = 0;
    for (const Rule& rule : rules()) {
        ++number;
        std::fprintf(
            rulesets,
            "%zu|{\"entry\": \"rsi(close, %zu) < %g\", \"exit\": \"close > bbands(close, %zu, %g, 2).upper\", "
            "\"stop_loss\": {\"atr\": %g, \"period\": %zu}, \"take_profit\": {\"atr\": %g, \"period\": %zu}}\n",
            number, rule.rsi_period, rule.rsi_below, rule.band_period, rule.deviations, rule.stop, rule.atr_period,
            rule.target, rule.atr_period);
        const Outcome o = by_hand(bars, rule);
        std::fprintf(hand, "%zu,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%zu\n", number, o.final_equity, o.volatility,
                     o.sharpe_ratio, o.max_drawdown, o.exposure, o.win_rate, o.profit_factor, o.trades);
    }
    std::fclose(rulesets);
    std::fclose(hand);
}

void print_time(int rounds) {
    const Bars bars = made_bars();
    const std::vector<Rule> all = rules();
    double best = std::numeric_limits<double>::infinity(), check = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        for (const Rule& rule : all) check += by_hand(bars, rule).final_equity;
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    if (!(check > 0)) std::exit(1);  // the loop must not be optimised away
    std::printf("%.2f\n", best * 1e3);
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 3 && std::string(arguments[1]) == "time") {
        print_time(std::atoi(arguments[2]));
    } else if (count == 2) {
        write_files(arguments[1]);
    } else {
        std::fprintf(stderr, "usage: oscillators FOLDER | oscillators time ROUNDS\n");
        return 2;
    }
    return 0;
}
