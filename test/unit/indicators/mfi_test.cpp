#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

// TA-Lib gives 0 when less than one unit of money flowed in the window; how the volume is counted must not matter.
TEST(Mfi, DoesNotDependOnTheUnitOfVolume) {
    const Bars bars = random_bars(100, 41);
    Bars tiny = bars;
    for (double& volume : tiny.volume) volume = std::ldexp(volume, -60);
    const auto expected = compute("mfi", bars, {14})[0], got = compute("mfi", tiny, {14})[0];
    EXPECT_GT(expected.back(), 0);
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(identical(got[i], expected[i]));
}

TEST(Mfi, IsZeroWhereNoMoneyFlows) {
    Bars bars = random_bars(100, 42);
    for (std::size_t i = 50; i < 100; ++i) bars.volume[i] = 0;
    const auto mfi = compute("mfi", bars, {14})[0];
    EXPECT_GT(mfi[49], 0);
    for (std::size_t i = 50 + 13; i < 100; ++i) EXPECT_EQ(mfi[i], 0) << i;
}

}  // namespace
}  // namespace evolve::test
