// Arbitrary bytes as amounts, share sets, share rules, policies and splits: what is read is written back the same, and
// what is divided sums up.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/royalty/money.hpp"
#include "core/royalty/policy.hpp"
#include "core/royalty/settlement.hpp"
#include "core/royalty/shares.hpp"
#include "core/royalty/split.hpp"

namespace {

using namespace evolve;

void require(bool holds) {
    if (!holds) std::abort();
}

template <class Body>
void unless_refused(Body&& body) {
    try {
        body();
    } catch (const Error& error) {
        require(error.code() != ErrorCode::internal);
    }
}

void read_texts(std::string_view text) {
    unless_refused([&] {
        const Decimal value = parse_decimal(text);
        const std::string written = decimal_text(value.digits, value.decimals);
        const Decimal again = parse_decimal(written);
        require(again.digits == value.digits && again.decimals == value.decimals);
        require(royalty_of(value, 50'000, 2) >= 0);
    });
    unless_refused([&] {
        require(to_text(parse_share_rule(text)) == to_text(parse_share_rule(to_text(parse_share_rule(text)))));
    });
    for (const char* const kind : {"owner", "edges", "generations", "similarity"})
        unless_refused([&] { require(tier_rate(parse_royalty_policy(kind, text).tiers, 1, 500'000) >= 0); });
}

void divide(std::string_view bytes) {
    std::vector<Claim> claims;
    Int128 total = 0;
    while (bytes.size() >= 17) {
        Claim claim{.person = {}, .weight = 0};
        claim.person[0] = static_cast<std::uint8_t>(bytes[0]);
        std::memcpy(&claim.weight, bytes.data() + 1, sizeof claim.weight);
        total ^= claim.weight;
        claims.push_back(claim);
        bytes.remove_prefix(17);
    }
    unless_refused([&] {
        Int128 sum = 0;
        for (const Int128 part : split(total, claims, "event")) {
            require(part >= 0);
            sum += part;
        }
        require(sum == total);
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read_texts(bytes);
    unless_refused([&] { require(share_set_bytes(read_share_set(bytes)) == bytes); });
    divide(bytes);
    return 0;
}
