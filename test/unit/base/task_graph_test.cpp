#include "core/base/task_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"

namespace evolve {
namespace {

Control with_threads(unsigned threads) { return {.poll = nullptr, .threads = threads}; }

struct Need {
    std::size_t task, other;
};

std::vector<Need> random_needs(std::size_t count, Random& random) {
    std::vector<Need> needs;
    for (std::size_t task = 1; task < count; ++task)
        for (std::size_t k = random.below(4); k-- > 0;)
            needs.push_back({task, static_cast<std::size_t>(random.below(task))});
    return needs;
}

// Every task once, after all that it needs, and never two at once in done().
TEST(TaskGraph, RunsEachTaskOnceAfterWhatItNeeds) {
    Random random(5);
    for (int repeat = 0; repeat < 300; ++repeat) {
        const std::size_t count = random.below(60);
        const std::vector<Need> needs = random_needs(count, random);
        const Team team(with_threads(1 + static_cast<unsigned>(repeat % 4)));
        TaskGraph graph(count);
        for (const Need& need : needs) graph.needs(need.task, need.other);
        std::vector<std::atomic<int>> worked(count), finished(count);
        std::atomic<int> inside{0}, wrong{0};
        graph.run(
            team.control(),
            [&](std::size_t task) {
                for (const Need& need : needs)
                    if (need.task == task && finished[need.other] != 1) ++wrong;
                if (++worked[task] != 1) ++wrong;
                if (task % 7 == 0) std::this_thread::yield();
            },
            [&](std::size_t task) {
                if (++inside != 1 || worked[task] != 1) ++wrong;
                ++finished[task];
                --inside;
            });
        EXPECT_EQ(wrong, 0);
        EXPECT_TRUE(std::all_of(finished.begin(), finished.end(), [](const auto& times) { return times == 1; }));
    }
}

TEST(TaskGraph, OneThreadGoesOnWithWhatItHasMadePossible) {
    TaskGraph graph(6);
    graph.needs(4, 0);
    graph.needs(5, 0);
    graph.needs(3, 5);
    std::vector<std::size_t> order;
    graph.run(
        with_threads(1), [&](std::size_t task) { order.push_back(task); }, [](std::size_t) {});
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 4, 5, 3, 1, 2}));
}

// Two tasks that wait for each other's beginning end only when both are at work at once.
TEST(TaskGraph, ThreadsWorkAtOnce) {
    TaskGraph graph(4);
    graph.needs(2, 0);
    graph.needs(3, 0);
    std::atomic<int> begun{0};
    graph.run(
        with_threads(2),
        [&](std::size_t task) {
            if (task < 2) return;
            ++begun;
            while (begun < 2) std::this_thread::yield();
        },
        [](std::size_t) {});
    EXPECT_EQ(begun, 2);
}

// A thread that waits while another one fails does not wait for ever.
TEST(TaskGraph, AFailureEndsIt) {
    for (const unsigned threads : {1u, 2u, 4u}) {
        TaskGraph graph(100);
        for (std::size_t task = 1; task < 100; ++task) graph.needs(task, task - 1);
        std::atomic<int> calls{0};
        try {
            graph.run(
                with_threads(threads),
                [&](std::size_t task) {
                    ++calls;
                    std::this_thread::sleep_for(std::chrono::microseconds(100));
                    if (task == 20) throw std::runtime_error("task 20");
                },
                [](std::size_t) {});
            FAIL() << "no exception";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "task 20");
        }
        EXPECT_EQ(calls, 21);
    }
}

TEST(TaskGraph, StopsWhenAsked) {
    static std::atomic<int> polls{0};
    for (const unsigned threads : {1u, 3u}) {
        polls = 0;
        const Control control{.poll = []() noexcept { return ++polls > 50; }, .threads = threads};
        TaskGraph graph(1000);
        for (std::size_t task = 1; task < 1000; ++task) graph.needs(task, task / 2);
        std::atomic<int> calls{0};
        EXPECT_THROW(graph.run(
                         control, [&](std::size_t) { ++calls; }, [](std::size_t) {}),
                     Error);
        EXPECT_LE(calls, 50);
    }
}

}  // namespace
}  // namespace evolve
