#include "core/engine/price_ranges.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "random_cases.hpp"

namespace evolve::test {
namespace {

class PriceRangesOnPath : public testing::TestWithParam<const Kernels*> {
protected:
    void SetUp() override { use_kernels(GetParam()); }
    void TearDown() override { use_kernels(nullptr); }
};

TEST_P(PriceRangesOnPath, FindTheFirstTouchThatALoopFinds) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::size_t found = 0, far = 0, farther = 0;
    for (std::size_t round = 0; round < 300; ++round) {
        Random random(61, round);
        const Bars bars = random_bars(random, static_cast<std::size_t>(random.between(1, round % 100 == 0  ? 80'000
                                                                                         : round % 10 == 0 ? 5000
                                                                                                           : 700)));
        const PriceRanges ranges(bars.view(), {.poll = nullptr, .threads = round % 3 == 0 ? 3u : 1u});
        const double no_level = round % 100 == 0 ? 0.8 : 0.2;
        for (int i = 0; i < 200; ++i) {
            const std::size_t first = random.below(bars.size());
            const std::size_t last = first + random.below(bars.size() - first);
            const double around = bars.close[first];
            const double below = random.chance(no_level) ? none : around * (1 - 0.3 * random.uniform());
            const double above = random.chance(no_level) ? none : around * (1 + 0.3 * random.uniform());
            std::size_t expected = first;
            while (expected <= last && !(bars.low[expected] <= below || bars.high[expected] >= above)) ++expected;
            ASSERT_EQ(ranges.first_outside(first, last, below, above), expected)
                << first << " to " << last << " of " << bars.size();
            found += expected <= last;
            far += expected > first + 512;
            farther += expected > first + 33'000;
        }
    }
    EXPECT_GT(found, 10'000u);
    EXPECT_GT(far, 100u) << "long runs were never skipped";
    EXPECT_GT(farther, 20u) << "the longest runs were never skipped one after the other";
}

INSTANTIATE_TEST_SUITE_P(All, PriceRangesOnPath,
                         testing::ValuesIn(available_kernels().begin(), available_kernels().end()),
                         [](const auto& path) { return std::string(path.param->name); });

}  // namespace
}  // namespace evolve::test
