#include "core/royalty/money.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace evolve {
namespace {

[[noreturn]] void too_large() {
    throw Error(ErrorCode::out_of_range, "amount is too large", {},
                "Amounts are integers of the currency's minor unit and must stay below 1.7e38.");
}

struct Wide {
    UInt128 high, low;
};

Wide multiply(UInt128 a, UInt128 b) {
    constexpr UInt128 mask = ~std::uint64_t{0};
    const UInt128 a_low = a & mask, a_high = a >> 64, b_low = b & mask, b_high = b >> 64;
    const UInt128 low = a_low * b_low, middle = a_high * b_low + (low >> 64), other = a_low * b_high + (middle & mask);
    return {.high = a_high * b_high + (middle >> 64) + (other >> 64), .low = (other << 64) | (low & mask)};
}

}  // namespace

Int128 add(Int128 a, Int128 b) {
    Int128 sum;
    if (__builtin_add_overflow(a, b, &sum)) too_large();
    return sum;
}

Int128 power_of_ten(int exponent) {
    if (exponent < 0 || exponent > 38) throw Error(ErrorCode::internal, "power of ten out of range");
    Int128 power = 1;
    for (int i = 0; i < exponent; ++i) power *= 10;
    return power;
}

Quotient multiply_divide(Int128 a, Int128 b, Int128 c) {
    if (a < 0 || b < 0 || c <= 0) throw Error(ErrorCode::internal, "multiply_divide needs natural numbers");
    Int128 product;
    if (!__builtin_mul_overflow(a, b, &product)) {
        const Int128 quotient = product / c;
        return {.quotient = quotient, .remainder = product - quotient * c};
    }
    const Wide wide = multiply(static_cast<UInt128>(a), static_cast<UInt128>(b));
    const auto divisor = static_cast<UInt128>(c);
    if (wide.high >= divisor) too_large();
    // Long division, bit by bit; the rest stays below the divisor, which is below 2^127.
    UInt128 rest = wide.high, quotient = 0;
    for (int bit = 127; bit >= 0; --bit) {
        rest = (rest << 1) | ((wide.low >> bit) & 1);
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= UInt128{1} << bit;
        }
    }
    if (quotient > static_cast<UInt128>(largest_amount)) too_large();
    return {.quotient = static_cast<Int128>(quotient), .remainder = static_cast<Int128>(rest)};
}

Int128 multiply_divide_rounded(Int128 a, Int128 b, Int128 c) {
    const Quotient result = multiply_divide(a, b, c);
    return result.remainder >= c - result.remainder ? add(result.quotient, 1) : result.quotient;
}

Decimal parse_decimal(std::string_view text) {
    const std::string shown(text.substr(0, 60));
    const auto refuse = [&] { throw Error(ErrorCode::syntax_error, "\"" + shown + "\" is not an amount"); };
    const bool negative = text.starts_with('-');
    std::string_view rest = negative ? text.substr(1) : text;
    const std::size_t point = rest.find('.');
    if (point != std::string_view::npos) {
        if (point + 1 == rest.size()) refuse();
        while (rest.back() == '0') rest.remove_suffix(1);
    }
    Decimal value;
    bool any = false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (i == point) continue;
        if (rest[i] < '0' || rest[i] > '9') refuse();
        any = true;
        const Int128 digit = rest[i] - '0';
        if (value.digits > (largest_amount - digit) / 10) too_large();
        value.digits = value.digits * 10 + digit;
        if (i > point && ++value.decimals > most_decimals)
            throw Error(ErrorCode::out_of_range, "amount " + shown + " has more than 32 decimals");
    }
    if (!any) refuse();
    if (negative) value.digits = -value.digits;
    return value;
}

std::string decimal_text(Int128 digits, int decimals) {
    auto left = digits < 0 ? -static_cast<UInt128>(digits) : static_cast<UInt128>(digits);
    std::string text;
    for (int place = 0; left != 0 || place <= decimals; ++place) {
        if (place == decimals && place > 0) text += '.';
        text += static_cast<char>('0' + static_cast<int>(left % 10));
        left /= 10;
    }
    if (digits < 0) text += '-';
    std::reverse(text.begin(), text.end());
    return text;
}

Int128 exact_amount(const Decimal& value, int decimals) {
    if (value.decimals > decimals)
        throw Error(ErrorCode::out_of_range,
                    "amount " + decimal_text(value.digits, value.decimals) + " is finer than the currency's minor unit",
                    {}, "The currency has " + std::to_string(decimals) + " decimals.");
    Int128 amount;
    if (__builtin_mul_overflow(value.digits, power_of_ten(decimals - value.decimals), &amount)) too_large();
    return amount;
}

}  // namespace evolve
