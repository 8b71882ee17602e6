#include "core/royalty/settlement.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/royalty/policy.hpp"
#include "core/royalty/shares.hpp"
#include "royalty/royalty_support.hpp"
#include "support/scale.hpp"

namespace evolve {
namespace {

using test::person;

std::string royalty(const char* profit, std::int64_t rate = 50'000, int decimals = 2) {
    return decimal_text(royalty_of(parse_decimal(profit), rate, decimals), decimals);
}

TEST(Settlement, RoyaltyOfAProfit) {
    EXPECT_EQ(royalty("100"), "5.00");
    EXPECT_EQ(royalty("0"), "0.00");
    EXPECT_EQ(royalty("-100"), "0.00");
    EXPECT_EQ(royalty("0.10"), "0.01");  // half a cent goes up
    EXPECT_EQ(royalty("0.099999"), "0.00");
    EXPECT_EQ(royalty("0.00000000000000000000000000000001"), "0.00");
    EXPECT_EQ(royalty("1000000000000000000000000000000"), "50000000000000000000000000000.00");
    EXPECT_EQ(royalty("1", 50'000, 18), "0.050000000000000000");
    EXPECT_EQ(royalty("100", 0), "0.00");
    EXPECT_THROW(royalty("100000000000000000000000000000000000000", 1'000'000), Error);
    EXPECT_THROW(royalty("1", 1'000'001), Error);
}

TEST(Settlement, FeesByPlan) {
    for (const auto& [rate, fee] : {std::pair{70'000, 35}, {50'000, 25}, {30'000, 15}}) {
        const Payee payee{.person = person(1), .share = static_cast<std::int32_t>(whole_share), .fee_rate = rate};
        const std::vector<RoyaltyLine> lines = royalty_lines(500, {&payee, 1}, "T1");
        EXPECT_EQ(static_cast<int>(lines[0].gross), 500);
        EXPECT_EQ(static_cast<int>(lines[0].fee), fee);
        EXPECT_EQ(static_cast<int>(lines[0].net), 500 - fee);
    }
}

// A settlement is taken back in random pieces: nobody goes below zero, and the last piece ends at zero.
TEST(Settlement, ReversalsEndAtZero) {
    Random random(5);
    std::size_t reversals = 0;
    while (reversals < test::scaled(100'000)) {
        std::vector<Payee> payees;
        for (std::size_t people = 1 + random.below(6), i = 0; i < people; ++i)
            payees.push_back({.person = person(i),
                              .share = static_cast<std::int32_t>(random.between(1, 1'000'000'000)),
                              .fee_rate = static_cast<std::int32_t>(random.between(0, 1'000'000))});
        const Int128 total = test::any_amount(random, random.chance(0.5) ? 10 : 100);
        std::vector<LeftLine> left;
        const std::vector<RoyaltyLine> settled = royalty_lines(total, payees, "T");
        for (std::size_t i = 0; i < payees.size(); ++i)
            left.push_back({.person = payees[i].person, .gross = settled[i].gross, .fee = settled[i].fee});
        Int128 rest = total;
        for (int piece = 0; rest > 0; ++piece) {
            const Int128 amount = piece >= 20 || random.chance(0.1) ? rest : test::any_amount(random, 100) % rest + 1;
            const std::vector<RoyaltyLine> lines = reversal_lines(amount, left, "R" + std::to_string(piece));
            ASSERT_TRUE(test::sum_of(lines, [](const RoyaltyLine& line) { return line.gross; }) == amount);
            for (std::size_t i = 0; i < left.size(); ++i) {
                ASSERT_TRUE(lines[i].gross >= 0 && lines[i].fee >= 0 && lines[i].net >= 0);
                left[i].gross -= lines[i].gross;
                left[i].fee -= lines[i].fee;
                ASSERT_TRUE(left[i].fee >= 0 && left[i].gross >= left[i].fee);
            }
            rest -= amount;
            ++reversals;
        }
        for (const LeftLine& line : left) ASSERT_TRUE(line.gross == 0 && line.fee == 0);
        EXPECT_THROW(reversal_lines(1, left, ""), Error);
    }
}

TEST(Policy, ReadsEveryKind) {
    EXPECT_EQ(to_text(parse_royalty_policy("owner", "{}").rule), "owner");
    EXPECT_EQ(to_text(parse_royalty_policy("edges", "{}").rule), "edges 0");
    EXPECT_EQ(to_text(parse_royalty_policy("edges", R"({"creator_percent": 12.5})").rule), "edges 125000");
    EXPECT_EQ(to_text(parse_royalty_policy("generations", R"({"percents": [50, 30, 20]})").rule),
              "generations 500000 300000 200000");
}

TEST(Policy, RatesFallWithDistance) {
    const RoyaltyPolicy policy = parse_royalty_policy("similarity", R"({"tiers": [
        {"royalty_percent": 5, "max_mutations": 2, "above_similarity_percent": 70},
        {"royalty_percent": 3, "max_mutations": 2, "min_similarity_percent": 50},
        {"royalty_percent": 1.5, "max_mutations": 2, "min_similarity_percent": 40},
        {"royalty_percent": 1.5, "min_mutations": 3, "max_mutations": 3}]})");
    EXPECT_EQ(to_text(policy.rule), "owner");
    const auto rate = [&](std::int64_t mutations, double percent) {
        return tier_rate(policy.tiers, mutations, static_cast<std::int64_t>(percent * 10'000));
    };
    EXPECT_EQ(rate(0, 100), 50'000);
    EXPECT_EQ(rate(2, 70.0001), 50'000);
    EXPECT_EQ(rate(2, 70), 30'000);
    EXPECT_EQ(rate(1, 50), 30'000);
    EXPECT_EQ(rate(1, 49.9999), 15'000);
    EXPECT_EQ(rate(1, 40), 15'000);
    EXPECT_EQ(rate(1, 39.9999), 0);
    EXPECT_EQ(rate(3, 99), 15'000);
    EXPECT_EQ(rate(3, 10), 15'000);
    EXPECT_EQ(rate(4, 99), 0);
}

TEST(Policy, Refuses) {
    const auto where = [](const char* kind, const char* parameters) {
        try {
            parse_royalty_policy(kind, parameters);
        } catch (const Error& error) {
            return error.where().empty() ? error.message() : error.where();
        }
        return std::string("accepted");
    };
    EXPECT_EQ(where("ownr", "{}"), "unknown kind of royalty policy \"ownr\"");
    EXPECT_EQ(where("owner", R"({"percents": [1]})"), "$");
    EXPECT_EQ(where("owner", "[]"), "$");
    EXPECT_EQ(where("owner", "{"), "parameters are not JSON");
    EXPECT_EQ(where("edges", R"({"creator_percent": 101})"), "$.creator_percent");
    EXPECT_EQ(where("edges", R"({"creator_percent": "5"})"), "$.creator_percent");
    EXPECT_EQ(where("generations", "{}"), "$.percents");
    EXPECT_EQ(where("generations", R"({"percents": []})"), "$.percents");
    EXPECT_EQ(where("generations", R"({"percents": [0, 5]})"), "$.percents[0]");
    EXPECT_EQ(where("generations", R"({"percents": [50, 1.00001]})"), "$.percents[1]");
    EXPECT_EQ(where("similarity", R"({"tiers": [{"royalty_percent": 5, "typo": 1}]})"), "$.tiers[0]");
    EXPECT_EQ(where("similarity", R"({"tiers": [{"max_mutations": 1}]})"), "$.tiers[0]");
    EXPECT_EQ(where("similarity", R"({"tiers": [{"royalty_percent": 5, "max_mutations": -1}]})"),
              "$.tiers[0].max_mutations");
}

}  // namespace
}  // namespace evolve
