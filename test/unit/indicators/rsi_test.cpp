#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

TEST(Rsi, OfAConstantIsFifty) {
    const auto rsi = compute(indicator_named("rsi"), std::vector<double>(40, 0.1), {}, {14})[0];
    EXPECT_EQ(first_known(rsi), 14u);
    for (std::size_t i = 14; i < rsi.size(); ++i) EXPECT_EQ(rsi[i], 50);
}

TEST(Rsi, OfOneDirectionIsAtTheEnds) {
    std::vector<double> up, down;
    for (int i = 0; i < 40; ++i) {
        up.push_back(100 + i);
        down.push_back(100 - i);
    }
    EXPECT_EQ(compute(indicator_named("rsi"), up, {}, {14})[0].back(), 100);
    EXPECT_EQ(compute(indicator_named("rsi"), down, {}, {14})[0].back(), 0);
}

// The averages of the moves before a standstill fade together: the strength stays, until nothing of them is left.
TEST(Rsi, AtAStandstillKeepsItsValueAndEndsAtFifty) {
    std::vector<double> x{100, 102, 101, 103, 102};
    x.resize(400, 102);
    const auto rsi = compute(indicator_named("rsi"), x, {}, {2})[0];
    EXPECT_NEAR(rsi[30], rsi[5], 1e-9);
    EXPECT_NE(rsi[30], 50);
    EXPECT_EQ(rsi.back(), 50);
}

}  // namespace
}  // namespace evolve::test
