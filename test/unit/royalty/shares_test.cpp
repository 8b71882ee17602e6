#include "core/royalty/shares.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "core/base/error.hpp"
#include "royalty/royalty_support.hpp"
#include "support/scale.hpp"

namespace evolve {
namespace {

using test::person;

const Uuid ann = person(1), bob = person(2), cleo = person(3), dan = person(4);

Shares child(const char* rule, std::int32_t level, std::vector<ParentEdge> parents) {
    return child_shares(parse_share_rule(rule), person(999), level, parents);
}

ParentEdge from(const Shares& shares, const Uuid& creator, std::int64_t creator_part = -1, std::int64_t weight = 1) {
    return {.shares = shares, .creator = creator, .weight = weight, .creator_part = creator_part};
}

TEST(Shares, OwnerStaysWithTheUploader) {
    Shares line = sole_share(ann);
    for (std::int32_t level = 2; level <= 1000; ++level) line = child("owner", level, {from(line, bob)});
    EXPECT_EQ(line, sole_share(ann));
}

TEST(Shares, CrossoverOfTwoUploaders) {
    const Shares left = sole_share(ann), right = sole_share(bob);
    const Shares both = child("owner", 2, {from(left, ann), from(right, ann)});
    EXPECT_EQ(both, (Shares{{ann, 500'000'000, 1}, {bob, 500'000'000, 1}}));
    const Shares again = child("owner", 3, {from(both, ann, -1, 3), from(left, ann)});
    EXPECT_EQ(again, (Shares{{ann, 625'000'000, 1}, {bob, 375'000'000, 1}}));
}

TEST(Shares, EdgesSayWhatTheCreatorKeeps) {
    const Shares first = sole_share(ann);
    const Shares second = child("edges 0", 2, {from(first, bob, 250'000)});
    EXPECT_EQ(second, (Shares{{ann, 750'000'000, 1}, {bob, 250'000'000, 2}}));
    const Shares third = child("edges 100000", 3, {from(second, cleo)});
    EXPECT_EQ(third, (Shares{{ann, 675'000'000, 1}, {bob, 225'000'000, 2}, {cleo, 100'000'000, 3}}));
    // One person in several places.
    EXPECT_EQ(child("edges 0", 4, {from(third, ann, 500'000)}),
              (Shares{{ann, 837'500'000, 1}, {bob, 112'500'000, 2}, {cleo, 50'000'000, 3}}));
}

TEST(Shares, GenerationsAreRenormalised) {
    const char* const rule = "generations 500000 300000 200000";
    const Shares first = sole_share(ann);
    const Shares second = child(rule, 2, {from(first, bob)});
    EXPECT_EQ(second, (Shares{{ann, 625'000'000, 1}, {bob, 375'000'000, 2}}));
    const Shares third = child(rule, 3, {from(second, cleo)});
    EXPECT_EQ(third, (Shares{{ann, 500'000'000, 1}, {bob, 300'000'000, 2}, {cleo, 200'000'000, 3}}));
    EXPECT_EQ(child(rule, 4, {from(third, dan)}), third);
}

TEST(Shares, DiamondCountsEachPathOnce) {
    const Shares top = sole_share(ann);
    const Shares left = child("edges 200000", 2, {from(top, bob)}), right = child("edges 400000", 2, {from(top, cleo)});
    const Shares bottom = child("edges 0", 3, {from(left, dan), from(right, dan)});
    EXPECT_EQ(bottom, (Shares{{ann, 700'000'000, 1}, {bob, 100'000'000, 2}, {cleo, 200'000'000, 2}}));
}

TEST(Shares, RulesReadAndWrite) {
    for (const char* const text : {"owner", "edges 0", "edges 250000", "generations 500000 300000 200000"})
        EXPECT_EQ(to_text(parse_share_rule(text)), text);
    for (const char* const wrong : {"", "owner 1", "edges", "edges -1", "edges 1000001", "edges 1 2", "generations",
                                    "generations 0 5", "Owner", "edges  1", "edges 1 ", "generations x"})
        EXPECT_THROW(parse_share_rule(wrong), Error) << wrong;
    const Shares one = sole_share(ann);
    EXPECT_THROW(child("owner", 1, {from(one, ann)}), Error);
    EXPECT_THROW(child("owner", 2, {}), Error);
    EXPECT_THROW(child("owner", 2, {from(one, ann, -1, 0)}), Error);
}

TEST(Shares, BytesAndBack) {
    const Shares both{{ann, 400'000'000, 1}, {bob, 600'000'000, 70'000}};
    const std::string bytes = share_set_bytes(both);
    EXPECT_EQ(bytes.size(), 48u);
    EXPECT_EQ(read_share_set(bytes), both);
    EXPECT_THROW(read_share_set(bytes.substr(0, 24)), Error);  // does not sum to the whole
    EXPECT_THROW(read_share_set(bytes.substr(1)), Error);
    EXPECT_THROW(read_share_set(bytes.substr(24) + bytes.substr(0, 24)), Error);
    EXPECT_THROW(read_share_set(""), Error);
}

struct Member {
    std::vector<std::size_t> parents;
    std::vector<std::int64_t> weights, parts;
    Uuid owner{};
    std::int32_t level = 1;
};

std::vector<Member> random_family(Random& random) {
    const bool deep = random.chance(0.05);
    std::vector<Member> family(deep ? 1000 : 2 + random.below(60));
    const std::uint64_t people = 1 + random.below(12);
    for (std::size_t i = 0; i < family.size(); ++i) {
        family[i].owner = person(1 + random.below(people));
        if (i == 0 || (!deep && random.chance(0.2))) continue;
        for (std::size_t wanted = 1 + random.below(3); wanted > 0; --wanted) {
            const std::size_t parent = deep && wanted == 1 ? i - 1 : random.below(i);
            if (std::count(family[i].parents.begin(), family[i].parents.end(), parent) > 0) continue;
            family[i].parents.push_back(parent);
            family[i].weights.push_back(random.between(1, 5));
            family[i].parts.push_back(random.chance(0.3) ? -1 : random.between(0, 1'000'000));
            family[i].level = std::max(family[i].level, family[parent].level + 1);
        }
    }
    return family;
}

std::vector<Shares> derive(const std::vector<Member>& family, const ShareRule& rule) {
    std::vector<Shares> sets;
    for (std::size_t i = 0; i < family.size(); ++i) {
        const Member& member = family[i];
        std::vector<ParentEdge> edges;
        for (std::size_t p = 0; p < member.parents.size(); ++p)
            edges.push_back(from(sets[member.parents[p]], member.owner, member.parts[p], member.weights[p]));
        sets.push_back(edges.empty() ? sole_share(member.owner)
                                     : child_shares(rule, person(i + 1000), member.level, edges));
    }
    return sets;
}

// What each person has in the limit of unlimited digits, by walking every edge once.
std::map<Uuid, double> in_floating_point(const std::vector<Member>& family, const ShareRule& rule) {
    std::vector<std::map<Uuid, double>> sets;
    for (const Member& member : family) {
        std::map<Uuid, double> set;
        if (member.parents.empty()) set[member.owner] = 1;
        double total = 0, sum = 0, own = 0;
        for (const std::int64_t weight : member.weights) total += static_cast<double>(weight);
        for (std::size_t i = 0; i < rule.parts.size() && i < static_cast<std::size_t>(member.level); ++i) {
            own = static_cast<double>(rule.parts[i]);
            sum += own;
        }
        for (std::size_t p = 0; p < member.parents.size(); ++p) {
            double part = 0;
            if (rule.kind == ShareRuleKind::generations && static_cast<std::size_t>(member.level) <= rule.parts.size())
                part = own / sum;
            if (rule.kind == ShareRuleKind::edges)
                part = static_cast<double>(member.parts[p] < 0 ? rule.parts[0] : member.parts[p]) / 1e6;
            const double weight = static_cast<double>(member.weights[p]) / total;
            set[member.owner] += weight * part;
            for (const auto& [someone, share] : sets[member.parents[p]]) set[someone] += weight * (1 - part) * share;
        }
        sets.push_back(set);
    }
    return sets.back();
}

TEST(Shares, RandomFamilies) {
    Random random(11);
    for (std::size_t round = 0; round < test::scaled(1000); ++round) {
        const std::vector<Member> family = random_family(random);
        for (const char* const text : {"owner", "edges 300000", "generations 500000 300000 200000"}) {
            const ShareRule rule = parse_share_rule(text);
            const std::vector<Shares> sets = derive(family, rule);
            for (const Shares& set : sets) {
                ASSERT_EQ(static_cast<std::int64_t>(test::sum_of(set, [](const Share& s) { return Int128{s.share}; })),
                          whole_share);
                ASSERT_TRUE(std::is_sorted(set.begin(), set.end(),
                                           [](const Share& a, const Share& b) { return a.person < b.person; }));
                for (const Share& share : set) ASSERT_GT(share.share, 0);
            }
            std::map<Uuid, double> left = in_floating_point(family, rule);
            for (const Share& share : sets.back()) left[share.person] -= share.share / 1e9;
            // Each birth rounds by less than 1e-9.
            for (const auto& [someone, difference] : left)
                ASSERT_LT(std::abs(difference), 1e-9 * static_cast<double>(family.size())) << text;
        }
    }
}

}  // namespace
}  // namespace evolve
