#include "core/royalty/split.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/base/error.hpp"
#include "core/base/sha256.hpp"
#include "royalty/big.hpp"
#include "royalty/royalty_support.hpp"
#include "support/scale.hpp"

namespace evolve {
namespace {

using test::Big;
using test::person;

std::vector<Int128> weighted(Int128 total, std::vector<Int128> weights, std::string_view event = "") {
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < weights.size(); ++i) claims.push_back({.person = person(i + 1), .weight = weights[i]});
    return split(total, claims, event);
}

// One unit after another to whoever has the largest remainder and has not had one: exact numbers, no sorting.
std::vector<Int128> slow_split(Int128 total, const std::vector<Claim>& claims, const std::string& event) {
    Int128 sum = 0;
    for (const Claim& claim : claims) sum += claim.weight;
    std::vector<Int128> parts;
    std::vector<Big> remainders;
    Int128 given = 0;
    for (const Claim& claim : claims) {
        const Big product = Big(total) * Big(claim.weight);
        Int128 part = total;  // found by halving: the largest with part * sum <= product
        for (Int128 low = 0, high = total; low <= high;) {
            const Int128 middle = low + (high - low) / 2;
            if (product < Big(middle) * Big(sum)) {
                high = middle - 1;
            } else {
                part = middle;
                low = middle + 1;
            }
        }
        parts.push_back(part);
        remainders.push_back(product % Big(sum));
        given += part;
    }
    std::vector<bool> had(claims.size());
    for (; given < total; ++given) {
        std::size_t best = claims.size();
        std::string best_lot;
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (had[i]) continue;
            const std::string lot =
                sha256_hex(event + '\0' + std::string(claims[i].person.begin(), claims[i].person.end()));
            if (best == claims.size() || remainders[best] < remainders[i] ||
                (remainders[best] == remainders[i] && lot < best_lot)) {
                best = i;
                best_lot = lot;
            }
        }
        had[best] = true;
        ++parts[best];
    }
    return parts;
}

TEST(Split, KnownCases) {
    EXPECT_EQ(weighted(9999, {75, 25}), (std::vector<Int128>{7499, 2500}));
    EXPECT_EQ(weighted(5, {100, 101, 100, 100}), (std::vector<Int128>{1, 2, 1, 1}));
    EXPECT_EQ(weighted(0, {1, 2}), (std::vector<Int128>{0, 0}));
    EXPECT_EQ(weighted(7, {0, 3, 0}), (std::vector<Int128>{0, 7, 0}));
    EXPECT_TRUE(split(0, {}, "").empty());
}

TEST(Split, EqualClaimsGetTheirTurn) {
    std::size_t first = 0;
    for (int trade = 0; trade < 1000; ++trade) first += weighted(1, {1, 1}, "trade " + std::to_string(trade))[0] == 1;
    EXPECT_GT(first, 400u);
    EXPECT_LT(first, 600u);
}

TEST(Split, Refuses) {
    const std::vector<Claim> twice{{.person = person(1), .weight = 1}, {.person = person(1), .weight = 2}};
    EXPECT_THROW(split(10, twice, ""), Error);
    EXPECT_THROW(weighted(10, {0, 0}), Error);
    EXPECT_THROW(weighted(10, {1, -1}), Error);
    EXPECT_THROW(weighted(-1, {1}), Error);
    EXPECT_THROW(weighted(1, {largest_amount, 1}), Error);
}

// A million splits, small and huge, with and without ties.
TEST(Split, SumsExactlyAndIsFair) {
    Random random(7);
    for (std::size_t round = 0; round < test::scaled(1'000'000); ++round) {
        const std::size_t people = 1 + random.below(8);
        const int weight_bits = static_cast<int>(random.between(1, 120)),
                  total_bits = static_cast<int>(random.between(1, 127));
        const Int128 total = test::any_amount(random, total_bits);
        std::vector<Claim> claims;
        Int128 sum = 0;
        for (std::size_t i = 0; i < people; ++i) {
            const Int128 weight = random.below(5) == 0 ? 0 : test::any_amount(random, weight_bits);
            claims.push_back({.person = person(random.next_u64()), .weight = weight});
            sum += weight;
        }
        if (sum == 0) claims[0].weight = sum = 1;
        const std::string event = std::to_string(round);
        const std::vector<Int128> parts = split(total, claims, event);
        ASSERT_TRUE(test::sum_of(parts, [](Int128 part) { return part; }) == total);
        for (std::size_t i = 0; i < people; ++i) {
            ASSERT_TRUE(parts[i] >= 0);
            if (claims[i].weight == 0) {
                ASSERT_TRUE(parts[i] == 0);
            }
        }
        if (round % 20 == 0) {
            ASSERT_EQ(parts, slow_split(total, claims, event)) << round;
        }
        std::vector<std::size_t> order(people);
        std::iota(order.begin(), order.end(), std::size_t{0});
        test::shuffle(order, random);
        std::vector<Claim> shuffled;
        for (const std::size_t i : order) shuffled.push_back(claims[i]);
        const std::vector<Int128> again = split(total, shuffled, event);
        for (std::size_t i = 0; i < people; ++i) ASSERT_TRUE(again[i] == parts[order[i]]);
    }
}

}  // namespace
}  // namespace evolve
