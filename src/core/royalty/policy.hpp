// Royalty policies: rows of evolve.royalty_policies, read once when they are stored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/royalty/shares.hpp"

namespace evolve {

// A rate for strategies of some distance from their original. Similarity in parts of a million.
struct RateTier {
    std::int64_t rate;  // parts of a million
    std::int64_t min_mutations = 0, max_mutations = INT64_MAX;
    std::int64_t min_similarity = 0, above_similarity = -1;
};

struct RoyaltyPolicy {
    ShareRule rule;
    std::vector<RateTier> tiers;  // of kind similarity; the first that fits counts
};

// kind and parameters (JSON object):
//   owner        {}
//   edges        {"creator_percent": 0}          what a child's creator keeps where its edge says nothing
//   generations  {"percents": [50, 30, 20]}      level 1 (the original) first
//   similarity   {"tiers": [{"royalty_percent": 5, "min_mutations": 0, "max_mutations": 2,
//                            "min_similarity_percent": 50, "above_similarity_percent": 70}, ...]}
// Percents have at most four decimals. Throws Error: invalid_option, unknown_name, out_of_range with the JSON path.
RoyaltyPolicy parse_royalty_policy(std::string_view kind, std::string_view parameters);

// Rate of the first tier that fits, in parts of a million; 0 when none does.
std::int64_t tier_rate(const std::vector<RateTier>& tiers, std::int64_t mutations, std::int64_t similarity);

}  // namespace evolve
