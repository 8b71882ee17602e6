#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

TEST(Roc, IsZeroWhereThereWasNothingAsInTaLib) {
    const auto roc = compute(indicator_named("roc"), std::vector<double>{0, 5, 10, 5}, {}, {1})[0];
    EXPECT_TRUE(std::isnan(roc[0]));
    EXPECT_EQ(roc[1], 0);
    EXPECT_EQ(roc[2], 100);
    EXPECT_EQ(roc[3], -50);
}

}  // namespace
}  // namespace evolve::test
