#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

// Also for one bar, where TA-Lib leaves the range as it is.
TEST(Natr, IsInPercentOfTheClose) {
    const Bars bars = random_bars(50, 53);
    const auto natr = compute("natr", bars, {1})[0], range = compute("trange", bars, {})[0];
    for (std::size_t i = 1; i < bars.size(); ++i) {
        EXPECT_TRUE(close_to(natr[i], 100 * range[i] / bars.close[i], 1e-12)) << i;
    }
}

}  // namespace
}  // namespace evolve::test
