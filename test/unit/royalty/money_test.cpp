#include "core/royalty/money.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "royalty/big.hpp"
#include "royalty/royalty_support.hpp"
#include "support/scale.hpp"

namespace evolve {
namespace {

using test::Big;

std::string round_trip(std::string_view text) {
    const Decimal value = parse_decimal(text);
    return decimal_text(value.digits, value.decimals);
}

ErrorCode refused(std::string_view text) {
    try {
        parse_decimal(text);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(Money, ReadsAndWritesDecimals) {
    for (const char* const same : {"0", "1", "-1", "0.01", "-12.5", "99.99", "1000000000000000000000000000000",
                                   "170141183460469231731687303715884105727", "0.00000000000000000000000000000001"})
        EXPECT_EQ(round_trip(same), same);
    EXPECT_EQ(round_trip("12.500"), "12.5");
    EXPECT_EQ(round_trip("3.000"), "3");
    EXPECT_EQ(round_trip("007"), "7");
    EXPECT_EQ(decimal_text(5, 2), "0.05");
    EXPECT_EQ(decimal_text(-5, 2), "-0.05");
    EXPECT_EQ(decimal_text(500, 2), "5.00");
    EXPECT_EQ(decimal_text(0, 3), "0.000");
}

TEST(Money, RefusesWhatIsNoAmount) {
    for (const char* const wrong : {"", "-", ".", "1.", "NaN", "Infinity", "1e3", "1,5", " 1", "1..2", "--1"})
        EXPECT_EQ(refused(wrong), ErrorCode::syntax_error) << wrong;
    EXPECT_EQ(refused("170141183460469231731687303715884105728"), ErrorCode::out_of_range);
    EXPECT_EQ(refused("0.000000000000000000000000000000001"), ErrorCode::out_of_range);
}

TEST(Money, ExactAmountsOnly) {
    EXPECT_EQ(exact_amount(parse_decimal("12.5"), 2), 1250);
    EXPECT_EQ(exact_amount(parse_decimal("-3"), 0), -3);
    EXPECT_THROW(exact_amount(parse_decimal("0.005"), 2), Error);
    EXPECT_THROW(exact_amount(parse_decimal("170141183460469231731687303715884105727"), 1), Error);
}

TEST(Money, MultiplyDivideIsExact) {
    Random random(31);
    std::size_t fitting = 0;
    for (std::size_t i = 0; i < test::scaled(300'000); ++i) {
        const Int128 a = test::any_amount(random, 127), b = test::any_amount(random, 127),
                     c = test::any_amount(random, 127) + (i % 2);
        if (c <= 0) continue;
        const Big product = Big(a) * Big(b), expected = product / Big(c);
        if (Big(largest_amount) < expected) {
            EXPECT_THROW(multiply_divide(a, b, c), Error);
            continue;
        }
        ++fitting;
        const Quotient got = multiply_divide(a, b, c);
        ASSERT_TRUE(Big(got.quotient) == expected);
        ASSERT_TRUE(Big(got.remainder) == product % Big(c));
    }
    EXPECT_GT(fitting, test::scaled(50'000));
}

TEST(Money, HalvesGoUp) {
    EXPECT_EQ(multiply_divide_rounded(5, 1, 10), 1);
    EXPECT_EQ(multiply_divide_rounded(4, 1, 10), 0);
    EXPECT_EQ(multiply_divide_rounded(1, 1, 3), 0);
    EXPECT_EQ(multiply_divide_rounded(2, 1, 3), 1);
    EXPECT_EQ(multiply_divide_rounded(25, 3, 2), 38);
}

}  // namespace
}  // namespace evolve
