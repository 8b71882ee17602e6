// Monte Carlo of a strategy's trades, beside the same draws and paths one number after the other.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/validation/monte_carlo.hpp"

namespace evolve {
namespace {

constexpr std::size_t resamples = 1'000;

std::vector<double> made_trades() {
    Random random(1);
    std::vector<double> trades(150);
    for (double& trade : trades) trade = 0.02 * (random.uniform() - 0.45);
    return trades;
}

void count_draws(benchmark::State& state, std::size_t trades) {
    // One draw a trade of a resample, and one fewer for an order.
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(resamples * (2 * trades - 1)));
}

void monte_carlo_150_trades(benchmark::State& state) {
    const std::vector<double> trades = made_trades();
    for (auto _ : state) benchmark::DoNotOptimize(monte_carlo(trades, resamples, Random(3), {}));
    count_draws(state, trades.size());
}
BENCHMARK(monte_carlo_150_trades)->Unit(benchmark::kMillisecond);

void monte_carlo_150_trades_one_by_one(benchmark::State& state) {
    const std::vector<double> trades = made_trades();
    const auto deepest = [](auto&& next, std::size_t count) {
        double growth = 1, peak = 1, lowest = 0;
        for (std::size_t k = 0; k < count; ++k) {
            growth *= 1 + next(k);
            peak = std::max(peak, growth);
            lowest = std::min(lowest, growth / peak - 1);
        }
        return lowest;
    };
    for (auto _ : state) {
        Random resample = Random(3).split(0), shuffle = Random(3).split(1);
        std::vector<double> order = trades;
        double sum = 0;
        for (std::size_t i = 0; i < resamples; ++i) {
            sum += deepest([&](std::size_t) { return trades[resample.below(trades.size())]; }, trades.size());
            for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[shuffle.below(k)]);
            sum += deepest([&](std::size_t k) { return order[k]; }, order.size());
        }
        benchmark::DoNotOptimize(sum);
    }
    count_draws(state, trades.size());
}
BENCHMARK(monte_carlo_150_trades_one_by_one)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evolve
