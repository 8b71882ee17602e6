#include "core/lineage/relatives.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace evolve {
namespace {

StrategyId id_of(std::size_t n) {
    StrategyId id{};
    id[14] = static_cast<std::uint8_t>(n >> 8);
    id[15] = static_cast<std::uint8_t>(n);
    return id;
}
std::size_t number_of(const StrategyId& id) { return static_cast<std::size_t>(id[14]) << 8 | id[15]; }

using Graph = std::map<std::size_t, std::vector<std::size_t>>;

Neighbours neighbours_in(const Graph& graph) {
    return [&graph](std::span<const StrategyId> ids) {
        std::vector<StrategyId> all;
        for (const StrategyId& id : ids) {
            const auto found = graph.find(number_of(id));
            if (found == graph.end()) continue;
            for (const std::size_t other : found->second) all.push_back(id_of(other));
        }
        return all;
    };
}

// Against distances relaxed until nothing changes.
TEST(Relatives, HaveTheShortestDistance) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed);
        Graph graph;
        const std::size_t count = 2 + random.below(60);
        for (std::size_t n = 1; n < count; ++n)
            for (std::size_t k = random.below(4); k > 0; --k) graph[n].push_back(random.below(n));
        std::map<std::size_t, std::int32_t> slow{{count - 1, 0}};
        for (bool changed = true; changed;) {
            changed = false;
            for (const auto& [from, others] : graph) {
                if (slow.count(from) == 0) continue;
                for (const std::size_t to : others) {
                    const std::int32_t distance = slow[from] + 1;
                    if (slow.count(to) != 0 && slow[to] <= distance) continue;
                    slow[to] = distance;
                    changed = true;
                }
            }
        }
        slow.erase(count - 1);
        const auto fast = relatives(id_of(count - 1), -1, neighbours_in(graph), {});
        ASSERT_EQ(fast.size(), slow.size());
        for (std::size_t i = 0; i < fast.size(); ++i) {
            EXPECT_EQ(fast[i].distance, slow.at(number_of(fast[i].id)));
            if (i > 0) {
                EXPECT_TRUE(fast[i - 1].distance < fast[i].distance ||
                            (fast[i - 1].distance == fast[i].distance && fast[i - 1].id < fast[i].id));
            }
        }
        const auto near = relatives(id_of(count - 1), 2, neighbours_in(graph), {});
        EXPECT_EQ(near.size(), static_cast<std::size_t>(std::count_if(
                                   fast.begin(), fast.end(), [](const Relative& one) { return one.distance <= 2; })));
        EXPECT_TRUE(relatives(id_of(count - 1), 0, neighbours_in(graph), {}).empty());
    }
}

// A ladder has 2^n lines from end to end; each strategy is asked for once all the same.
TEST(Relatives, ManyLinesCostNothing) {
    Graph graph;
    for (std::size_t n = 2; n < 2000; ++n) graph[n] = {n - 1, n - 2};
    std::size_t asked = 0;
    const auto inner = neighbours_in(graph);
    const auto found = relatives(id_of(1999), -1,
                                 [&](std::span<const StrategyId> ids) {
                                     asked += ids.size();
                                     return inner(ids);
                                 },
                                 {});
    EXPECT_EQ(found.size(), 1999u);
    EXPECT_EQ(asked, 2000u);
    EXPECT_EQ(found.back().distance, 1000);
}

TEST(Relatives, CanBeStopped) {
    Graph graph{{1, {0}}};
    EXPECT_THROW(relatives(id_of(1), -1, neighbours_in(graph), {.poll = []() noexcept { return true; }}), Error);
}

}  // namespace
}  // namespace evolve
