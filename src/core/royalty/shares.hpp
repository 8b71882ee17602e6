// Who has which share of a strategy's royalties: fixed when it is born, from the shares of its parents.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/uuid.hpp"

namespace evolve {

// Shares are parts of a thousand million.
inline constexpr std::int64_t whole_share = 1'000'000'000;

struct Share {
    Uuid person;
    std::int32_t share;  // > 0
    std::int32_t level;  // of the oldest strategy that the person has it from: 1 is an original

    friend bool operator==(const Share&, const Share&) = default;
};
using Shares = std::vector<Share>;  // by person, sum whole_share

// An uploader alone.
Shares sole_share(const Uuid& person, std::int32_t level = 1);

// How shares pass from parents to a child. All rules are one formula:
//   share(child) = sum over parents of weight * (part * creator(child) + (1 - part) * share(parent)), sum of weights =
//   1
enum class ShareRuleKind : std::uint8_t {
    owner,       // part = 0: all stays with the uploaders of the originals
    edges,       // part is what the edge says, or the rule where it says nothing
    generations  // part of level n = percent n / sum of percents 1..n; 0 beyond the last
};
struct ShareRule {
    ShareRuleKind kind = ShareRuleKind::owner;
    std::vector<std::int64_t> parts;  // edges: one, generations: one a level; parts of a million
};

// "owner", "edges 250000", "generations 500000 300000 200000". Throws Error (invalid_option).
ShareRule parse_share_rule(std::string_view text);
std::string to_text(const ShareRule& rule);

struct ParentEdge {
    std::span<const Share> shares;   // of the parent
    Uuid creator;                    // of the child, as this edge names it
    std::int64_t weight = 1;         // 1..million
    std::int64_t creator_part = -1;  // of a million; -1: by the rule
};

// Shares of a child of `level` (2 or more). What cannot be divided evenly goes by split(), the child's id being the
// event: the shares sum to whole_share exactly; parts below half of 1e-9 vanish. Throws Error (invalid_option).
Shares child_shares(const ShareRule& rule, const Uuid& child, std::int32_t level, std::span<const ParentEdge> parents);

// The bytes by which equal sets are known: person, share and level (both big-endian, 4 bytes) of each.
std::string share_set_bytes(std::span<const Share> shares);
// The other way; throws Error (invalid_option) for bytes that are not a share set.
Shares read_share_set(std::string_view bytes);

}  // namespace evolve
