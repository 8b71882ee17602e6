// Which calls are made together, and that a schedule counts all the memory its evaluation holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/engine/compile.hpp"
#include "core/engine/evaluate.hpp"
#include "random_cases.hpp"

namespace evolve::test {
namespace {

constexpr std::size_t bars = 640, column = bars * sizeof(double);

std::vector<Ruleset> random_population(Random& random, std::size_t count) {
    std::vector<Ruleset> population;
    while (population.size() < count) population.push_back(RandomRules(random).ruleset());
    return population;
}

// Follows the schedule step by step with a set of what is alive, as slow and plain as can be.
std::size_t peak_of(const Program& program, const Schedule& schedule) {
    std::set<StepId> alive;
    std::vector<std::uint32_t> reads(program.steps.size(), 0);
    std::size_t peak = 0;
    const auto born = [&](StepId id) {
        if (id != no_step && schedule.uses[id] > 0) alive.insert(id);
    };
    const auto measure = [&] {
        std::size_t bytes = 0;
        for (const StepId id : alive) bytes += bytes_of(program.steps[id], bars);
        peak = std::max(peak, bytes);
    };
    for (const std::uint32_t early : schedule.early)
        for (const StepId id : schedule.comparisons[early].steps) born(id);
    for (const StepId id : schedule.order) {
        const Step& step = program.steps[id];
        if (step.kind == Step::Kind::call) {
            const std::vector<StepId>& batch = schedule.batches[schedule.batch_of[id]];
            for (const StepId call : batch)
                for (const StepId output : program.calls[program.steps[call].index].outputs)
                    if (batch.front() == id) born(output);
        } else if (is_comparison(step.kind)) {
            for (const StepId other : schedule.comparisons[schedule.comparison_of[id]].steps)
                if (other != no_step && reads[other] == 0) born(other);
        } else if (step.kind != Step::Kind::output) {
            born(id);
        }
        measure();
        for (const Operand operand : step.args)
            if (++reads[operand.step] == schedule.uses[operand.step]) alive.erase(operand.step);
    }
    return peak;
}

TEST(Schedule, CountsWhatIsHeldAndKeepsTheBound) {
    std::size_t batched = 0;
    for (std::size_t round = 0; round < 40; ++round) {
        Random random(91, round);
        const auto population = random_population(random, 1 + round);
        const Program program = compile(population);
        const auto roots = roots_of(program.rules);
        const std::size_t least = make_schedule(program, roots, bars, 0).peak_bytes;
        for (const std::size_t more : {0u, 1u, 3u, 10u, 1000u}) {
            const std::size_t most = least + more * column;
            const Schedule schedule = make_schedule(program, roots, bars, most);
            EXPECT_LE(schedule.peak_bytes, most);
            EXPECT_EQ(schedule.peak_bytes, peak_of(program, schedule)) << "round " << round << ", " << more;
            std::size_t calls = 0;
            for (const StepId id : schedule.order) calls += program.steps[id].kind == Step::Kind::call;
            for (const auto& batch : schedule.batches) {
                calls -= batch.size();
                batched += batch.size() > 1;
                ASSERT_LE(batch.size(), most_lanes);
                for (const StepId id : batch) {
                    const Call& first = program.calls[program.steps[batch.front()].index];
                    const Call& call = program.calls[program.steps[id].index];
                    EXPECT_TRUE(call.indicator == first.indicator && call.input == first.input);
                }
            }
            EXPECT_EQ(calls, 0u) << "every call is in one batch";
        }
    }
    EXPECT_GT(batched, 100u);
}

TEST(Schedule, PutsAsManyCallsTogetherAsAnIndicatorTakes) {
    Random random(92);
    const Program program = compile(random_population(random, 200));
    const Schedule schedule = make_schedule(program, roots_of(program.rules), bars, std::size_t{1} << 40);
    std::map<std::pair<const Indicator*, StepId>, std::pair<std::size_t, std::size_t>> kinds;  // calls, batches
    for (const auto& batch : schedule.batches) {
        const Call& call = program.calls[program.steps[batch.front()].index];
        auto& [calls, batches] = kinds[{call.indicator, call.input}];
        calls += batch.size();
        ++batches;
    }
    for (const auto& [kind, count] : kinds) {
        const std::size_t lanes = kind.first->compute_many != nullptr ? most_lanes : 1;
        EXPECT_EQ(count.second, (count.first + lanes - 1) / lanes) << kind.first->name;
    }
    // Nothing is made together where there is no memory to spare.
    for (const auto& batch : make_schedule(program, roots_of(program.rules), bars, 0).batches)
        EXPECT_EQ(batch.size(), 1u);
}

}  // namespace
}  // namespace evolve::test
