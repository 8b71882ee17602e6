#include "core/royalty/terms.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/base/random.hpp"
#include "core/royalty/shares.hpp"

namespace evolve {
namespace {

Uuid person(std::uint8_t number) {
    Uuid id{};
    id[15] = number;
    return id;
}

Decimal amount(const char* text) { return parse_decimal(text); }

TEST(Terms, ATradeIsExemptForTheFirstReason) {
    EXPECT_EQ(exempt_trade(false, true, false), Exemption::no_strategy);
    EXPECT_EQ(exempt_trade(true, true, false), Exemption::own_trade);
    EXPECT_EQ(exempt_trade(true, true, true), Exemption::none);
    EXPECT_EQ(exempt_trade(true, false, false), Exemption::none);
    EXPECT_EQ(exempt_profit(amount("-1"), amount("0")), Exemption::no_profit);
    EXPECT_EQ(exempt_profit(amount("0.00"), amount("0.00")), Exemption::no_profit);
    EXPECT_EQ(exempt_profit(amount("5"), amount("0.00")), Exemption::below_mark);
    EXPECT_EQ(exempt_profit(amount("5"), amount("0.01")), Exemption::none);
    EXPECT_EQ(exempt_amount(0, 0), Exemption::zero_rate);
    EXPECT_EQ(exempt_amount(50'000, 0), Exemption::below_unit);
    EXPECT_EQ(exempt_amount(50'000, 1), Exemption::none);
}

TEST(Terms, ReasonsAreTheRecordedWords) {
    const std::map<Exemption, std::string> words{{Exemption::none, ""},
                                                 {Exemption::no_strategy, "the trade was made without a strategy"},
                                                 {Exemption::own_trade, "the uploader's own trade"},
                                                 {Exemption::no_profit, "no profit"},
                                                 {Exemption::below_mark, "not above the high-water mark"},
                                                 {Exemption::zero_rate, "the rate is zero"},
                                                 {Exemption::below_unit, "less than the smallest unit"}};
    for (const auto& [exemption, text] : words) EXPECT_EQ(to_text(exemption), text);
    EXPECT_EQ(role_of(1), "uploader");
    EXPECT_EQ(role_of(2), "creator");
}

TEST(Terms, PostingsAreBeneficiariesPlatformAndTrader) {
    const std::vector<Payee> payees{{.person = person(1), .share = 750'000'000, .fee_rate = 70'000},
                                    {.person = person(2), .share = 250'000'000, .fee_rate = 30'000}};
    const std::vector<RoyaltyLine> lines = royalty_lines(500, payees, "order 17");
    const std::vector<Posting> postings = settlement_postings(500, person(9), payees, lines);
    ASSERT_EQ(postings.size(), 4u);
    EXPECT_EQ(postings[0].account, Account::beneficiary);
    EXPECT_EQ(postings[0].holder, person(1));
    EXPECT_EQ(postings[0].amount, 349);
    EXPECT_EQ(postings[0].line, 0u);
    EXPECT_EQ(postings[1].amount, 121);
    EXPECT_EQ(postings[1].line, 1u);
    EXPECT_EQ(to_text(postings[2].account), "platform");
    EXPECT_EQ(postings[2].holder, platform_holder);
    EXPECT_EQ(postings[2].amount, 30);
    EXPECT_FALSE(postings[2].line);
    EXPECT_EQ(to_text(postings[3].account), "trader");
    EXPECT_EQ(postings[3].holder, person(9));
    EXPECT_EQ(postings[3].amount, -500);
}

TEST(Terms, NoPostingsOfNothingAndNoneForWhoGetsNothing) {
    const std::vector<Payee> payees{{.person = person(1), .share = 999'999'999, .fee_rate = 0},
                                    {.person = person(2), .share = 1, .fee_rate = 0}};
    EXPECT_TRUE(settlement_postings(0, person(9), payees, royalty_lines(0, payees, "x")).empty());
    const std::vector<Posting> postings = settlement_postings(1, person(9), payees, royalty_lines(1, payees, "x"));
    ASSERT_EQ(postings.size(), 2u);  // no fee: no posting for the platform
    EXPECT_EQ(postings[0].holder, person(1));
    EXPECT_EQ(postings[1].account, Account::trader);
}

TEST(Terms, PostingsSumToZeroWhateverIsDivided) {
    Random random(7);
    for (int round = 0; round < 10'000; ++round) {
        std::vector<Payee> payees;
        const int people = 1 + static_cast<int>(random.uniform() * 9);
        for (int i = 0; i < people; ++i)
            payees.push_back({.person = person(static_cast<std::uint8_t>(i + 1)),
                              .share = 1 + static_cast<std::int32_t>(random.uniform() * 1e8),
                              .fee_rate = static_cast<std::int32_t>(random.uniform() * 1e6)});
        const auto royalty = static_cast<Int128>(random.uniform() * 1000);
        Int128 sum = 0;
        for (const Posting& posting :
             settlement_postings(royalty, person(99), payees, royalty_lines(royalty, payees, std::to_string(round)))) {
            EXPECT_TRUE(posting.account == Account::trader || posting.amount >= 0);
            sum += posting.amount;
        }
        ASSERT_EQ(sum, 0);
    }
}

}  // namespace
}  // namespace evolve
