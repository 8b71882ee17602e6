// A caller that wants to stop is heard within 100 ms, also on five million bars.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "core/engine/backtest.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

constexpr std::size_t bar_count = 5'000'000;

// Time this thread has worked: waiting for a busy machine does not count.
double milliseconds_of_work() noexcept {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double last_poll, longest_silence;

bool listen() noexcept {
    const double now = milliseconds_of_work();
    longest_silence = std::max(longest_silence, now - last_poll);
    last_poll = now;
    return false;
}

TEST(Cancel, NeverSilentForLong) {
    std::vector<Timestamp> ts(bar_count);
    std::vector<double> price(bar_count);
    for (std::size_t t = 0; t < bar_count; ++t) {
        ts[t] = static_cast<Timestamp>(t);
        price[t] = 100 + static_cast<double>(t * 7919 % 1000) / 100;
    }
    const BarsView bars{ts, price, price, price, price, price};
    const Control control{.poll = listen, .threads = 1, .memory_limit = std::size_t{4} << 30};
    for (
        const char* text :
        {R"j({"entry": "sma(close, 10) crosses above sma(close, 200)", "exit": "all_of(rsi(close, 14) > 70, 500)"})j",
         R"j({"entry": "close > highest(high, 100)[1]", "stop_loss": {"pct": 50}, "take_profit": {"pct": 90}})j",
         R"j({"entry": "macd(close, 12, 26, 9) * 2 > macd(close, 12, 26, 9).signal + 1 - close / 1000", "trailing_stop": {"atr": 3, "period": 14}})j",
         R"j({"entry": "close < bbands(close, 20, 2, 2).lower[3] or any_of(close < 99, 1000)", "max_bars": 3})j"}) {
        const Ruleset ruleset = parse_ruleset(text);
        longest_silence = 0;
        last_poll = milliseconds_of_work();
        const double begin = last_poll;
        const Backtest result = backtest(ruleset, bars, {}, control);
        listen();
        EXPECT_EQ(result.equity.size(), bar_count);
        EXPECT_LT(longest_silence, 100) << text;
        std::printf("%.0f ms of work, at most %.1f ms between two polls\n", last_poll - begin, longest_silence);
    }
}

}  // namespace
}  // namespace evolve
