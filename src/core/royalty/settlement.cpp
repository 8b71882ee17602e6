#include "core/royalty/settlement.hpp"

#include <string>

#include "core/base/error.hpp"
#include "core/royalty/shares.hpp"
#include "core/royalty/split.hpp"

namespace evolve {

Int128 royalty_of(const Decimal& profit, std::int64_t rate, int decimals) {
    if (rate < 0 || rate > million) throw Error(ErrorCode::out_of_range, "a rate must be from 0 to 100 percent");
    if (profit.digits <= 0) return 0;
    // profit / 10^its decimals * rate / 10^6 * 10^decimals
    const int exponent = profit.decimals + 6 - decimals;
    if (exponent >= 0) return multiply_divide_rounded(profit.digits, rate, power_of_ten(exponent));
    return multiply_divide(multiply_divide(profit.digits, rate, 1).quotient, power_of_ten(-exponent), 1).quotient;
}

std::vector<RoyaltyLine> royalty_lines(Int128 royalty, std::span<const Payee> payees, std::string_view event) {
    std::vector<Claim> claims;
    claims.reserve(payees.size());
    for (const Payee& payee : payees) {
        if (payee.fee_rate < 0 || payee.fee_rate > million)
            throw Error(ErrorCode::out_of_range, "a fee must be from 0 to 100 percent");
        claims.push_back({.person = payee.person, .weight = payee.share});
    }
    const std::vector<Int128> gross = split(royalty, claims, event);
    std::vector<RoyaltyLine> lines(payees.size());
    for (std::size_t i = 0; i < payees.size(); ++i) {
        const Int128 fee = multiply_divide_rounded(gross[i], payees[i].fee_rate, million);
        lines[i] = {.gross = gross[i], .fee = fee, .net = gross[i] - fee};
    }
    return lines;
}

std::vector<RoyaltyLine> reversal_lines(Int128 amount, std::span<const LeftLine> left, std::string_view event) {
    Int128 sum = 0;
    std::vector<Claim> claims;
    claims.reserve(left.size());
    for (const LeftLine& line : left) {
        if (line.fee < 0 || line.fee > line.gross)
            throw Error(ErrorCode::invalid_option, "a fee is larger than its royalty");
        sum = add(sum, line.gross);
        claims.push_back({.person = line.person, .weight = line.gross});
    }
    if (amount > sum) throw Error(ErrorCode::out_of_range, "more is taken back than is left of the settlement");
    const std::vector<Int128> gross = split(amount, claims, event);
    std::vector<RoyaltyLine> lines(left.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (gross[i] == 0) continue;
        const Int128 fee = multiply_divide_rounded(gross[i], left[i].fee, left[i].gross);
        lines[i] = {.gross = gross[i], .fee = fee, .net = gross[i] - fee};
    }
    return lines;
}

}  // namespace evolve
