// Speed of a family of a million edges in memory. The goal: all ancestors of the youngest within 20 ms.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "core/base/random.hpp"
#include "core/lineage/ancestry.hpp"

namespace evolve {
namespace {

constexpr std::size_t originals = 1000, children = 500'000;

StrategyId id_of(std::uint64_t n) {
    Random random(n);
    StrategyId id;
    for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(random.below(256));
    return id;
}

struct Edge {
    StrategyId parent, child;
};

// Two parents a child, chosen among the 2,000 before it, as test/scripts/bench_royalty.sh has them.
const std::vector<Edge>& edges() {
    static const std::vector<Edge> made = [] {
        std::vector<StrategyId> ids;
        for (std::uint64_t n = 0; n < originals + children; ++n) ids.push_back(id_of(n));
        Random random(1);
        std::vector<Edge> all;
        for (std::size_t n = originals; n < ids.size(); ++n)
            for (int k = 0; k < 2; ++k)
                all.push_back({.parent = ids[n - 1 - random.below(std::min<std::size_t>(n, 2000))], .child = ids[n]});
        return all;
    }();
    return made;
}

Ancestry& family() {
    static Ancestry made = [] {
        Ancestry all;
        for (const Edge& edge : edges()) all.add_edge(edge.parent, edge.child);
        all.prepare(Kin::ancestors);
        return all;
    }();
    return made;
}

void build_family(benchmark::State& state) {
    for (auto _ : state) {
        Ancestry all;
        for (const Edge& edge : edges()) all.add_edge(edge.parent, edge.child);
        all.prepare(Kin::ancestors);
        benchmark::DoNotOptimize(all.strategies());
    }
}
BENCHMARK(build_family)->Name("family of 1,000,000 edges: built")->Unit(benchmark::kMillisecond);

void all_ancestors(benchmark::State& state) {
    const std::uint32_t youngest = family().find(edges().back().child).value();
    std::size_t met = 0;
    for (auto _ : state) met = family().search(youngest, Kin::ancestors, -1).nodes.size();
    state.counters["ancestors"] = static_cast<double>(met);
    state.SetLabel("goal 20 ms");
}
BENCHMARK(all_ancestors)->Name("family of 1,000,000 edges: all ancestors")->Unit(benchmark::kMillisecond);

void sorted_ancestors(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(family().relatives(edges().back().child, Kin::ancestors, -1));
}
BENCHMARK(sorted_ancestors)
    ->Name("family of 1,000,000 edges: all ancestors, by distance and id")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evolve
