// Dividing an amount so that the parts are its exact sum.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/base/uuid.hpp"
#include "core/royalty/money.hpp"

namespace evolve {

struct Claim {
    Uuid person;
    Int128 weight;  // >= 0
};

// Parts of `total` (>= 0) in proportion to the weights, in the order of the claims: the largest remainder method
// (Hamilton). Every part is its exact quota rounded down, or that plus 1; who has nothing to claim gets nothing. The
// units that are left go to the largest remainders, among equal ones to the smallest hash: SHA-256 of the event's text,
// a zero byte and the person's 16 bytes. So the order of the claims does not matter, and nobody is favoured for ever.
// Throws Error: invalid_option when a person comes twice, a weight is negative, or there is something to divide and no
// weight; out_of_range when the sum of the weights does not fit.
std::vector<Int128> split(Int128 total, std::span<const Claim> claims, std::string_view event);

}  // namespace evolve
