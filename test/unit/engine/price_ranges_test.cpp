#include "core/engine/price_ranges.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "random_cases.hpp"

namespace evolve::test {
namespace {

TEST(PriceRanges, FindTheFirstTouchThatALoopFinds) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::size_t found = 0, far = 0;
    for (std::size_t round = 0; round < 300; ++round) {
        Random random(61, round);
        const Bars bars =
            random_bars(random, static_cast<std::size_t>(random.between(1, round % 10 == 0 ? 5000 : 700)));
        const PriceRanges ranges(bars.view(), {});
        for (int i = 0; i < 200; ++i) {
            const std::size_t first = random.below(bars.size());
            const std::size_t last = first + random.below(bars.size() - first);
            const double around = bars.close[first];
            const double below = random.chance(0.2) ? none : around * (1 - 0.3 * random.uniform());
            const double above = random.chance(0.2) ? none : around * (1 + 0.3 * random.uniform());
            std::size_t expected = first;
            while (expected <= last && !(bars.low[expected] <= below || bars.high[expected] >= above)) ++expected;
            ASSERT_EQ(ranges.first_outside(first, last, below, above), expected)
                << first << " to " << last << " of " << bars.size();
            found += expected <= last;
            far += expected > first + 512;
        }
    }
    EXPECT_GT(found, 10'000u);
    EXPECT_GT(far, 100u) << "the longest runs were never skipped";
}

}  // namespace
}  // namespace evolve::test
