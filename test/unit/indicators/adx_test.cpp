#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

// Where nothing moves there is no direction: the lines of direction fall to 0, the average keeps its value as TA-Lib's.
TEST(Adx, KeepsItsValueAtAStandstill) {
    Bars bars = random_bars(100, 51);
    const double price = bars.close.back();
    for (int i = 100; i < 2000; ++i) bars.push_back({i * microseconds_per_day, price, price, price, price, 0});
    const auto adx = compute("adx", bars, {5})[0];
    EXPECT_GT(adx[99], 1);
    EXPECT_GT(adx.back(), 1);
    EXPECT_EQ(adx.back(), adx[adx.size() - 500]);
    EXPECT_EQ(compute("plus_di", bars, {5})[0].back(), 0);
    EXPECT_EQ(compute("minus_di", bars, {5})[0].back(), 0);
}

}  // namespace
}  // namespace evolve::test
