// What a trade owes, who gets it, and how a part of it is taken back.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/uuid.hpp"
#include "core/royalty/money.hpp"

namespace evolve {

// profit * rate, rounded to the minor unit of a currency with `decimals` digits, halves up; 0 for a loss.
// rate: parts of a million. Throws Error (out_of_range).
Int128 royalty_of(const Decimal& profit, std::int64_t rate, int decimals);

struct Payee {
    Uuid person;
    std::int32_t share;     // parts of whole_share
    std::int32_t fee_rate;  // of the plan, parts of a million
};

// net = gross - fee, none negative; of a reversal: what is taken back.
struct RoyaltyLine {
    Int128 gross = 0, fee = 0, net = 0;
};

// In the order of the payees. The sum of gross is the royalty (see split()); the fee is rounded to the minor unit,
// halves up. `event` decides among equals.
std::vector<RoyaltyLine> royalty_lines(Int128 royalty, std::span<const Payee> payees, std::string_view event);

// What a settlement left to a person after all reversals so far.
struct LeftLine {
    Uuid person;
    Int128 gross, fee;
};

// Takes `amount` back, in proportion to what is left to each; the fee goes back with it. Nobody is taken more than is
// left, and taking back all that is left leaves exactly zero everywhere. Throws Error (out_of_range) for more than
// that.
std::vector<RoyaltyLine> reversal_lines(Int128 amount, std::span<const LeftLine> left, std::string_view event);

}  // namespace evolve
