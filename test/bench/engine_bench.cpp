// Speed of the engine. The unit to look at is strategy-bars a second: rulesets times bars.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/engine/backtest.hpp"
#include "core/metrics/metrics.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

constexpr std::size_t bar_count = 100'000;

const Bars& bars() {
    static const Bars made = [] {
        Random random(1);
        Bars result;
        result.reserve(bar_count);
        double price = 100;
        for (std::size_t t = 0; t < bar_count; ++t) {
            const double open = price, close = price * (1 + 0.01 * (random.uniform() - 0.5));
            const double high = std::max(open, close) * (1 + 0.002 * random.uniform());
            const double low = std::min(open, close) * (1 - 0.002 * random.uniform());
            result.push_back({static_cast<Timestamp>(t) * 60 * microseconds_per_second, open, high, low, close,
                              1000 * random.uniform()});
            price = close;
        }
        return result;
    }();
    return made;
}

Ruleset crossover(int fast, int slow) {
    const std::string a = "sma(close, " + std::to_string(fast) + ")", b = "sma(close, " + std::to_string(slow) + ")";
    return parse_ruleset(R"j({"entry": ")j" + a + " crosses above " + b + R"j(", "exit": ")j" + a + " crosses below " +
                         b + R"j("})j");
}

// What a programmer would write for this one rule: one pass, no columns, the same money.
double hand_fused(int fast, int slow, const BacktestOptions& options) {
    const Bars& b = bars();
    double sum_fast = 0, sum_slow = 0, cash = options.initial_capital, units = 0, equity = cash;
    bool above_before = false, known_before = false, buy = false, sell = false;
    std::vector<double> path(b.size());
    for (std::size_t t = 0; t < b.size(); ++t) {
        if (sell) {
            const double value = units * b.open[t];
            cash += value - options.fee_rate * value;
            units = 0;
        }
        if (buy) {
            units = cash / (b.open[t] * (1 + options.fee_rate));
            cash = 0;
        }
        equity = cash + units * b.close[t];
        path[t] = equity;
        sum_fast += b.close[t];
        sum_slow += b.close[t];
        if (t >= static_cast<std::size_t>(fast)) sum_fast -= b.close[t - static_cast<std::size_t>(fast)];
        if (t >= static_cast<std::size_t>(slow)) sum_slow -= b.close[t - static_cast<std::size_t>(slow)];
        const bool known = t + 1 >= static_cast<std::size_t>(slow), above = sum_fast / fast > sum_slow / slow;
        buy = known && known_before && above && !above_before && units == 0;
        sell = known && known_before && !above && above_before && units > 0;
        above_before = above;
        known_before = known;
    }
    benchmark::DoNotOptimize(path.data());
    return equity;
}

void strategy_bars(benchmark::State& state, std::size_t rulesets) {
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(rulesets * bar_count));
}

void hand_written_crossover(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(hand_fused(10, 50, {}));
    strategy_bars(state, 1);
}
BENCHMARK(hand_written_crossover)->Unit(benchmark::kMicrosecond);

void one_crossover(benchmark::State& state) {
    const Ruleset ruleset = crossover(10, 50);
    for (auto _ : state) benchmark::DoNotOptimize(backtest(ruleset, bars().view(), {}));
    strategy_bars(state, 1);
}
BENCHMARK(one_crossover)->Unit(benchmark::kMicrosecond);

void one_crossover_with_metrics(benchmark::State& state) {
    const Ruleset ruleset = crossover(10, 50);
    for (auto _ : state) {
        const Backtest result = backtest(ruleset, bars().view(), {});
        benchmark::DoNotOptimize(compute_metrics(result, bars().view(), {}));
    }
    strategy_bars(state, 1);
}
BENCHMARK(one_crossover_with_metrics)->Unit(benchmark::kMicrosecond);

void run_population(benchmark::State& state, const std::vector<Ruleset>& population) {
    const Control control{
        .poll = nullptr, .threads = static_cast<unsigned>(state.range(0)), .memory_limit = std::size_t{256} << 20};
    for (auto _ : state) {
        std::vector<double> finals(population.size());
        backtest_many(population, bars().view(), {}, control,
                      [&](std::size_t i, Backtest&& result) { finals[i] = result.equity.back(); });
        benchmark::DoNotOptimize(finals.data());
    }
    strategy_bars(state, population.size());
}

void crossovers_100(benchmark::State& state) {
    std::vector<Ruleset> population;
    for (int fast = 5; fast < 15; ++fast)
        for (int slow = 20; slow < 70; slow += 5) population.push_back(crossover(fast, slow));
    run_population(state, population);
}
BENCHMARK(crossovers_100)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Crossovers, oscillators, bands and channels, half of them with stops: what a population looks like.
std::vector<Ruleset> mixed_population() {
    std::vector<Ruleset> population;
    for (int i = 0; i < 100; ++i) {
        const auto n = [i](int base, int step) { return std::to_string(base + step * (i / 5 % 10)); };
        const std::array<std::pair<std::string, std::string>, 5> rules{{
            {"sma(close, " + n(5, 1) + ") crosses above sma(close, " + n(30, 3) + ")",
             "sma(close, " + n(5, 1) + ") crosses below sma(close, " + n(30, 3) + ")"},
            {"rsi(close, 14) crosses below " + n(20, 2), "rsi(close, 14) crosses above " + n(55, 2)},
            {"close crosses above bbands(close, " + n(15, 2) + ", 2, 2).upper",
             "close crosses below bbands(close, " + n(15, 2) + ", 2, 2).middle"},
            {"close > highest(high, " + n(15, 5) + ")[1]", "close < lowest(low, " + n(8, 2) + ")[1]"},
            {"macd(close, 12, 26, 9) crosses above macd(close, 12, 26, 9).signal and close > ema(close, " + n(100, 10) +
                 ")",
             "macd(close, 12, 26, 9).histogram < 0"},
        }};
        const auto& [entry, exit] = rules[static_cast<std::size_t>(i % 5)];
        std::string stops;
        if (i % 2 == 0) stops += R"(, "stop_loss": {"pct": 2}, "take_profit": {"pct": 4})";
        if (i % 4 == 1) stops += R"(, "trailing_stop": {"atr": 3, "period": 14})";
        population.push_back(
            parse_ruleset(R"j({"entry": ")j" + entry + R"j(", "exit": ")j" + exit + "\"" + stops + "}"));
    }
    return population;
}

void mixed_100(benchmark::State& state) { run_population(state, mixed_population()); }
BENCHMARK(mixed_100)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void mixed_100_one_by_one(benchmark::State& state) {
    const auto population = mixed_population();
    for (auto _ : state)
        for (const Ruleset& ruleset : population) benchmark::DoNotOptimize(backtest(ruleset, bars().view(), {}));
    strategy_bars(state, population.size());
}
BENCHMARK(mixed_100_one_by_one)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evolve
