// What a settlement follows from: why a trade owes nothing, at which rate it owes, and what is posted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/uuid.hpp"
#include "core/royalty/money.hpp"
#include "core/royalty/settlement.hpp"

namespace evolve {

// Why a trade owes nothing, in the order in which it is asked.
enum class Exemption : std::uint8_t { none, no_strategy, own_trade, no_profit, below_mark, zero_rate, below_unit };
// As it is recorded and shown; empty for none.
std::string_view to_text(Exemption exemption);

// Of the trade itself.
Exemption exempt_trade(bool with_strategy, bool by_uploader, bool pays_own_trades);
// Of its profit; `base` is the part of it that owes: all, or what is above the high-water mark.
Exemption exempt_profit(const Decimal& profit, const Decimal& base);
// Of the royalty that comes out.
Exemption exempt_amount(std::int64_t rate, Int128 amount);

// "uploader" of an original (level 1) or "creator" of a change.
std::string_view role_of(std::int32_t level);

enum class Account : std::uint8_t { beneficiary, platform, trader };
std::string_view to_text(Account account);

// The holder of the platform's account.
inline constexpr Uuid platform_holder{};

struct Posting {
    Account account;
    Uuid holder;
    Int128 amount;
    std::optional<std::size_t> line;  // of a beneficiary: the line that it comes from
};

// What a royalty is posted as: each beneficiary who gets something, the platform's fees where there are any, and the
// trader who owes it all. The amounts sum to zero. None for a royalty of zero.
std::vector<Posting> settlement_postings(Int128 royalty, const Uuid& trader, std::span<const Payee> payees,
                                         std::span<const RoyaltyLine> lines);

}  // namespace evolve
