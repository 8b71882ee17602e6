// The other side of the SQL benchmark: the strategies and the hand-written loop of the population benchmark's work (b),
// a hundred strategies of RSI entry, Bollinger exit, ATR stop and target on 100,000 bars.
//
//     oscillators FOLDER    writes bars.csv, rulesets.csv and hand.csv (what the loop computed) for COPY
//     oscillators time N    prints the least milliseconds of N runs of the loop over all strategies
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "../population/hand.hpp"
#include "../population/work.hpp"

namespace evolve::bench {
namespace {

constexpr std::size_t bar_count = 100'000, strategy_count = 100;

std::FILE* created(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) {
        std::perror(path.c_str());
        std::exit(1);
    }
    return file;
}

void write_files(const std::string& folder) {
    const Bars bars = made_bars(bar_count);
    std::FILE* const rows = created(folder + "/bars.csv");
    for (std::size_t t = 0; t < bars.size(); ++t)
        std::fprintf(rows, "%zu,%.17g,%.17g,%.17g,%.17g,%.17g\n", t, bars.open[t], bars.high[t], bars.low[t],
                     bars.close[t], bars.volume[t]);
    std::fclose(rows);
    std::FILE* const rulesets = created(folder + "/rulesets.csv");
    std::FILE* const hand = created(folder + "/hand.csv");
    std::size_t number = 0;
    for (const OscillatorRule& rule : oscillators(strategy_count)) {
        std::fprintf(rulesets, "%zu|%s\n", ++number, ruleset_json(rule).c_str());
        const Outcome o = hand_oscillator(bars.view(), rule, {});
        std::fprintf(hand, "%zu,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.0f\n", number,
                     o.final_equity, o.volatility, o.sharpe_ratio, o.sortino_ratio, o.max_drawdown, o.exposure,
                     o.win_rate, o.profit_factor, o.expectancy, o.fees_paid, o.total_trades);
    }
    std::fclose(rulesets);
    std::fclose(hand);
}

void print_time(int rounds) {
    const Bars bars = made_bars(bar_count);
    const std::vector<OscillatorRule> all = oscillators(strategy_count);
    double best = std::numeric_limits<double>::infinity(), sum = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        for (const OscillatorRule& rule : all) sum += hand_oscillator(bars.view(), rule, {}).final_equity;
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    if (!(sum > 0)) std::exit(1);  // uses what was computed, so that it is computed
    std::printf("%.2f\n", best * 1e3);
}

}  // namespace
}  // namespace evolve::bench

int main(int count, char** arguments) {
    if (count == 3 && std::string(arguments[1]) == "time") {
        evolve::bench::print_time(std::atoi(arguments[2]));
    } else if (count == 2) {
        evolve::bench::write_files(arguments[1]);
    } else {
        std::fprintf(stderr, "usage: oscillators FOLDER | oscillators time ROUNDS\n");
        return 2;
    }
    return 0;
}
