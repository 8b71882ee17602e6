#include "core/royalty/terms.hpp"

namespace evolve {

std::string_view to_text(Exemption exemption) {
    switch (exemption) {
        case Exemption::none:
            return {};
        case Exemption::no_strategy:
            return "the trade was made without a strategy";
        case Exemption::own_trade:
            return "the uploader's own trade";
        case Exemption::no_profit:
            return "no profit";
        case Exemption::below_mark:
            return "not above the high-water mark";
        case Exemption::zero_rate:
            return "the rate is zero";
        case Exemption::below_unit:
            return "less than the smallest unit";
    }
    return {};
}

Exemption exempt_trade(bool with_strategy, bool by_uploader, bool pays_own_trades) {
    if (!with_strategy) return Exemption::no_strategy;
    return by_uploader && !pays_own_trades ? Exemption::own_trade : Exemption::none;
}

Exemption exempt_profit(const Decimal& profit, const Decimal& base) {
    if (profit.digits <= 0) return Exemption::no_profit;
    return base.digits == 0 ? Exemption::below_mark : Exemption::none;
}

Exemption exempt_amount(std::int64_t rate, Int128 amount) {
    if (amount != 0) return Exemption::none;
    return rate == 0 ? Exemption::zero_rate : Exemption::below_unit;
}

std::string_view role_of(std::int32_t level) { return level == 1 ? "uploader" : "creator"; }

std::string_view to_text(Account account) {
    switch (account) {
        case Account::beneficiary:
            return "beneficiary";
        case Account::platform:
            return "platform";
        case Account::trader:
            return "trader";
    }
    return {};
}

std::vector<Posting> settlement_postings(Int128 royalty, const Uuid& trader, std::span<const Payee> payees,
                                         std::span<const RoyaltyLine> lines) {
    std::vector<Posting> postings;
    if (royalty == 0) return postings;
    postings.reserve(lines.size() + 2);
    Int128 fees = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        fees += lines[i].fee;
        if (lines[i].gross > 0)
            postings.push_back(
                {.account = Account::beneficiary, .holder = payees[i].person, .amount = lines[i].net, .line = i});
    }
    if (fees > 0)
        postings.push_back({.account = Account::platform, .holder = platform_holder, .amount = fees, .line = {}});
    postings.push_back({.account = Account::trader, .holder = trader, .amount = -royalty, .line = {}});
    return postings;
}

}  // namespace evolve
