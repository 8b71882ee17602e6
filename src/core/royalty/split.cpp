#include "core/royalty/split.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "core/base/error.hpp"
#include "core/base/sha256.hpp"

namespace evolve {
namespace {

std::array<std::uint8_t, 32> lot(std::string_view event, const Uuid& person) {
    std::string text(event);
    text += '\0';
    text.append(reinterpret_cast<const char*>(person.data()), person.size());
    return sha256(text);
}

Int128 checked_sum(std::span<const Claim> claims) {
    Int128 sum = 0;
    for (const Claim& claim : claims) {
        if (claim.weight < 0) throw Error(ErrorCode::invalid_option, "a weight must not be negative");
        sum = add(sum, claim.weight);
    }
    const auto ascending = [](const Claim& a, const Claim& b) { return !(a.person < b.person); };
    if (std::adjacent_find(claims.begin(), claims.end(), ascending) == claims.end()) return sum;
    std::vector<Uuid> people(claims.size());
    std::transform(claims.begin(), claims.end(), people.begin(), [](const Claim& claim) { return claim.person; });
    std::sort(people.begin(), people.end());
    if (std::adjacent_find(people.begin(), people.end()) != people.end())
        throw Error(ErrorCode::invalid_option, "a person comes twice in a split");
    return sum;
}

// The claims that get one of the `left` units: indices, the first `left` of what is returned.
std::vector<std::size_t> by_remainder(std::span<const Claim> claims, std::span<const Int128> remainders,
                                      std::size_t left, std::string_view event) {
    std::vector<std::size_t> order(claims.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    // Lots are drawn only where the units end among equals.
    const Int128 last = remainders[order[left - 1]];
    if (left == order.size() || remainders[order[left]] != last) return order;
    const auto first_equal =
        std::find_if(order.begin(), order.end(), [&](std::size_t i) { return remainders[i] == last; });
    const auto end_equal = std::find_if(first_equal, order.end(), [&](std::size_t i) { return remainders[i] != last; });
    std::vector<std::pair<std::array<std::uint8_t, 32>, std::size_t>> lots;
    for (auto at = first_equal; at != end_equal; ++at) lots.emplace_back(lot(event, claims[*at].person), *at);
    std::sort(lots.begin(), lots.end());
    std::transform(lots.begin(), lots.end(), first_equal, [](const auto& drawn) { return drawn.second; });
    return order;
}

}  // namespace

std::vector<Int128> split(Int128 total, std::span<const Claim> claims, std::string_view event) {
    if (total < 0) throw Error(ErrorCode::invalid_option, "an amount to divide must not be negative");
    const Int128 sum = checked_sum(claims);
    std::vector<Int128> parts(claims.size());
    if (total == 0) return parts;
    if (sum == 0) throw Error(ErrorCode::invalid_option, "nobody has a claim to the amount");
    std::vector<Int128> remainders(claims.size());
    Int128 left = total;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        const Quotient quota = multiply_divide(total, claims[i].weight, sum);
        parts[i] = quota.quotient;
        remainders[i] = quota.remainder;
        left -= quota.quotient;
    }
    if (left > 0) {
        const auto units = static_cast<std::size_t>(left);
        const std::vector<std::size_t> order = by_remainder(claims, remainders, units, event);
        for (std::size_t i = 0; i < units; ++i) ++parts[order[i]];
    }
    return parts;
}

}  // namespace evolve
