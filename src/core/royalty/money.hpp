// Money without rounding errors: integers of a currency's minor unit, in 128 bits. No binary floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evolve {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

inline constexpr Int128 largest_amount = static_cast<Int128>(~UInt128{0} >> 1);
inline constexpr int most_decimals = 32;
// Rates are parts of a million: 5 % is 50,000.
inline constexpr std::int64_t million = 1'000'000;

// digits / 10^decimals.
struct Decimal {
    Int128 digits = 0;
    int decimals = 0;  // 0..most_decimals
};

// "-12.50": a sign, digits, a point and digits, without zeros at the end. Throws Error: syntax_error for anything else
// (NaN and infinity too), out_of_range for more than 128 bits or most_decimals.
Decimal parse_decimal(std::string_view text);
// With exactly `decimals` digits after the point.
std::string decimal_text(Int128 digits, int decimals);
// As an amount with `decimals` digits; throws Error (out_of_range) when it has more or does not fit.
Int128 exact_amount(const Decimal& value, int decimals);

// 10^exponent, 0..38.
Int128 power_of_ten(int exponent);

struct Quotient {
    Int128 quotient, remainder;
};
// a * b / c without an overflow in between; a, b >= 0, c > 0. Throws Error (out_of_range) when the quotient is too
// large.
Quotient multiply_divide(Int128 a, Int128 b, Int128 c);
// Rounded to the nearest, halves up.
Int128 multiply_divide_rounded(Int128 a, Int128 b, Int128 c);

// Throws Error (out_of_range) on overflow.
Int128 add(Int128 a, Int128 b);

}  // namespace evolve
