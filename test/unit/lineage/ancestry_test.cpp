#include "core/lineage/ancestry.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace evolve {
namespace {

StrategyId id_of(std::size_t n) {
    StrategyId id{};
    // Far apart, so that the order of the ids is not that of the numbers.
    const std::uint64_t mixed = (n + 1) * 0xD1342543DE82EF95u;
    for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<std::uint8_t>(mixed >> (8 * i));
    id[15] = static_cast<std::uint8_t>(n);
    return id;
}

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;  // parent, child

// Distances relaxed until nothing changes.
std::vector<Relative> slow_relatives(const Edges& edges, std::size_t start, Kin direction, std::int32_t max_distance) {
    std::map<std::size_t, std::int32_t> distance{{start, 0}};
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto& [parent, child] : edges) {
            const std::size_t from = direction == Kin::ancestors ? child : parent;
            const std::size_t to = direction == Kin::ancestors ? parent : child;
            if (distance.count(from) == 0) continue;
            const std::int32_t far = distance[from] + 1;
            if (distance.count(to) != 0 && distance[to] <= far) continue;
            distance[to] = far;
            changed = true;
        }
    }
    std::set<std::pair<std::int32_t, StrategyId>> sorted;
    for (const auto& [n, far] : distance)
        if (n != start && (max_distance < 0 || far <= max_distance)) sorted.emplace(far, id_of(n));
    std::vector<Relative> found;
    for (const auto& [far, id] : sorted) found.push_back({.id = id, .distance = far});
    return found;
}

// Lines of one parent, crossovers, diamonds, edges that come twice.
Edges random_family(Random& random) {
    Edges edges;
    const std::size_t count = 2 + random.below(80);
    for (std::size_t n = 1; n < count; ++n)
        for (std::size_t k = random.below(4); k > 0; --k) edges.emplace_back(random.below(n), n);
    if (!edges.empty() && random.below(2) == 0) edges.push_back(edges[random.below(edges.size())]);
    for (std::size_t i = edges.size(); i > 1; --i) std::swap(edges[i - 1], edges[random.below(i)]);
    return edges;
}

void expect_equal(const std::vector<Relative>& got, const std::vector<Relative>& want) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].id, want[i].id);
        EXPECT_EQ(got[i].distance, want[i].distance);
    }
}

TEST(Ancestry, FindsWhatTheSlowWayFinds) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed);
        const Edges edges = random_family(random);
        Ancestry family;
        for (const auto& [parent, child] : edges) family.add_edge(id_of(parent), id_of(child));
        EXPECT_EQ(family.edges(), edges.size());
        for (const Kin direction : {Kin::ancestors, Kin::descendants})
            for (const std::int32_t max_distance : {-1, 0, 1, 3})
                for (int tries = 0; tries < 3; ++tries) {
                    const std::size_t start = random.below(80);
                    expect_equal(family.relatives(id_of(start), direction, max_distance),
                                 slow_relatives(edges, start, direction, max_distance));
                }
    }
}

// The same family asked level by level.
TEST(Ancestry, FindsWhatAskingFinds) {
    Random random(11);
    Ancestry family;
    std::multimap<StrategyId, StrategyId> parents;
    for (std::size_t n = 1; n < 5000; ++n)
        for (std::size_t k = 1 + random.below(2); k > 0; --k) {
            const std::size_t parent = n - 1 - random.below(std::min<std::size_t>(n, 200));
            family.add_edge(id_of(parent), id_of(n));
            parents.emplace(id_of(n), id_of(parent));
        }
    const auto ask = [&](std::span<const StrategyId> ids) {
        std::vector<StrategyId> all;
        for (const StrategyId& id : ids)
            for (auto [at, end] = parents.equal_range(id); at != end; ++at) all.push_back(at->second);
        return all;
    };
    for (const std::size_t start : {4999, 3210, 17, 0})
        expect_equal(family.relatives(id_of(start), Kin::ancestors, -1), relatives(id_of(start), -1, ask, {}));
}

TEST(Ancestry, KnowsNobodyWithoutEdges) {
    Ancestry family;
    EXPECT_FALSE(family.find(id_of(1)));
    EXPECT_TRUE(family.relatives(id_of(1), Kin::ancestors, -1).empty());
    family.add_edge(id_of(1), id_of(2));
    EXPECT_FALSE(family.find(id_of(3)));
    EXPECT_EQ(family.id(*family.find(id_of(2))), id_of(2));
    EXPECT_EQ(family.strategies(), 2u);
    // Edges that come after a search count too.
    EXPECT_EQ(family.relatives(id_of(2), Kin::ancestors, -1).size(), 1u);
    family.add_edge(id_of(0), id_of(1));
    EXPECT_EQ(family.relatives(id_of(2), Kin::ancestors, -1).size(), 2u);
}

TEST(Ancestry, ASearchNeedsItsRows) {
    Ancestry family;
    family.add_edge(id_of(1), id_of(2));
    EXPECT_THROW((void)family.search(0, Kin::ancestors, -1), Error);
    family.prepare(Kin::ancestors);
    EXPECT_THROW((void)family.search(0, Kin::descendants, -1), Error);
}

// A chain as deep as it is long, and a star as wide: both ends of what a level can be.
TEST(Ancestry, HoldsItsMemory) {
    for (const bool chain : {true, false}) {
        Ancestry family;
        constexpr std::size_t count = 100'000;
        for (std::size_t n = 1; n <= count; ++n) family.add_edge(id_of(chain ? n - 1 : 0), id_of(n));
        const auto found = family.relatives(id_of(0), Kin::descendants, -1);
        ASSERT_EQ(found.size(), count);
        EXPECT_EQ(found.back().distance, chain ? static_cast<std::int32_t>(count) : 1);
        EXPECT_EQ(family.relatives(id_of(count), Kin::ancestors, -1).size(), chain ? count : 1u);
        EXPECT_LE(family.memory(), Ancestry::memory_for(count));
    }
}

// Wherever it is stopped: when it is asked again it knows all.
TEST(Ancestry, CanBeInterrupted) {
    static int left = 0;
    Control control;
    control.poll = []() noexcept { return left-- == 0; };
    left = -1;
    Ancestry family(control);
    for (std::size_t n = 1; n < 200'000; ++n) family.add_edge(id_of(n / 2), id_of(n));
    int stopped = 0;
    for (bool done = false; !done && stopped < 1000;) {
        left = stopped;
        try {
            EXPECT_EQ(family.relatives(id_of(1), Kin::descendants, -1).size(), 199'998u);
            done = true;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::interrupted);
            ++stopped;
        }
    }
    EXPECT_GT(stopped, 5);
    EXPECT_LT(stopped, 1000);
    left = 0;
    Ancestry other(control);
    EXPECT_THROW(
        {
            for (std::size_t n = 1; n < 200'000; ++n) other.add_edge(id_of(n / 2), id_of(n));
        },
        Error);
}

}  // namespace
}  // namespace evolve
