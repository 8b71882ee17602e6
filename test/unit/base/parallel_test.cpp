#include "core/base/parallel.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/base/random.hpp"

namespace evolve {
namespace {

Control with_threads(unsigned threads, Poll poll = nullptr) { return {.poll = poll, .threads = threads}; }

std::size_t threads_of_process() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

// A thread that was joined may be seen for a moment.
bool comes_to_have(std::size_t threads) {
    for (int i = 0; i < 5000 && threads_of_process() != threads; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return threads_of_process() == threads;
}

std::size_t threads_at_rest() {
    for (std::size_t last = 0;;) {
        const std::size_t now = threads_of_process();
        if (now == last) return now;
        last = now;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

TEST(ParallelFor, CallsEveryItemOnce) {
    for (const unsigned threads : {0u, 1u, 2u, 8u}) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
            std::vector<std::atomic<int>> calls(count);
            parallel_for(count, with_threads(threads), [&](std::size_t i) { ++calls[i]; });
            for (const std::atomic<int>& called : calls) EXPECT_EQ(called.load(), 1);
        }
    }
}

TEST(ParallelFor, ResultsDoNotDependOnThreads) {
    const auto run = [](unsigned threads) {
        std::vector<double> results(500);
        const Random random(3);
        parallel_for(results.size(), with_threads(threads), [&](std::size_t i) {
            Random own = random.split(i);
            for (int k = 0; k < 100; ++k) results[i] += own.uniform();
        });
        return results;
    };
    const std::vector<double> alone = run(1);
    EXPECT_EQ(alone, run(2));
    EXPECT_EQ(alone, run(7));
}

TEST(ParallelFor, OneThreadIsTheCallers) {
    const std::thread::id caller = std::this_thread::get_id();
    parallel_for(20, with_threads(1), [&](std::size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST(ParallelFor, UsesNoMoreThreadsThanAllowed) {
    std::mutex mutex;
    std::set<std::thread::id> ids;
    parallel_for(200, with_threads(3), [&](std::size_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        const std::lock_guard lock(mutex);
        ids.insert(std::this_thread::get_id());
    });
    EXPECT_LE(ids.size(), 3u);
    EXPECT_GE(ids.size(), 2u);
}

// A host's signal handlers may only run on its own thread; that thread's mask is as it was before.
TEST(ParallelFor, HelpersBlockSignals) {
    const pthread_t caller = pthread_self();
    std::atomic<int> helpers{0}, blocked{0};
    parallel_for(200, with_threads(4), [&](std::size_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        if (pthread_equal(pthread_self(), caller) != 0) return;
        ++helpers;
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        blocked += sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1 ? 1 : 0;
    });
    EXPECT_GT(helpers.load(), 0);
    EXPECT_EQ(blocked.load(), helpers.load());
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

TEST(ParallelFor, RethrowsAndSkipsWhatHasNotBegun) {
    for (const unsigned threads : {1u, 4u}) {
        std::atomic<int> calls{0};
        try {
            parallel_for(100'000, with_threads(threads), [&](std::size_t i) {
                ++calls;
                if (i == 10) throw std::runtime_error("item 10");
                // However late the thread of item 10 is scheduled, the others cannot have done everything by then.
                if (i > 10) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            });
            FAIL() << "no exception";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "item 10");
        }
        EXPECT_GE(calls.load(), 11);
        EXPECT_LT(calls.load(), 100'000);
    }
}

// Both items throw, the higher one first: the lower one's exception wins.
TEST(ParallelFor, TheLowestIndexWins) {
    for (int repeat = 0; repeat < 20; ++repeat) {
        std::atomic<int> begun{0};
        try {
            parallel_for(2, with_threads(2), [&](std::size_t i) {
                ++begun;
                while (begun.load() < 2) std::this_thread::yield();
                if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
                throw Error(ErrorCode::internal, std::to_string(i));
            });
            FAIL() << "no exception";
        } catch (const Error& error) {
            EXPECT_EQ(error.message(), "0");
        }
    }
}

std::atomic<int> polls_until_stop{0};
bool stop_after_a_while() noexcept { return --polls_until_stop < 0; }

TEST(ParallelFor, StopsWhenAsked) {
    for (const unsigned threads : {1u, 3u}) {
        polls_until_stop = 50;
        std::atomic<int> calls{0};
        try {
            parallel_for(100'000, with_threads(threads, stop_after_a_while), [&](std::size_t) { ++calls; });
            FAIL() << "no exception";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::interrupted);
        }
        EXPECT_EQ(calls.load(), 50);
    }
}

TEST(ParallelFor, NestsAndCanBeUsedAgainAfterAnError) {
    std::atomic<int> calls{0};
    EXPECT_THROW(parallel_for(4, with_threads(2), [](std::size_t) { throw std::logic_error("x"); }), std::logic_error);
    parallel_for(4, with_threads(2),
                 [&](std::size_t) { parallel_for(5, with_threads(2), [&](std::size_t) { ++calls; }); });
    EXPECT_EQ(calls.load(), 20);
}

// Each part has threads of the caller's and the team's, and no others: as many as are allowed over all parts.
TEST(Team, StartsEachThreadOnce) {
    std::mutex mutex;
    std::set<std::thread::id> ids;
    std::size_t helped = 0;
    {
        const Team team(with_threads(3));
        for (int part = 0; part < 20; ++part) {
            std::set<std::thread::id> of_part;
            parallel_for(60, team.control(), [&](std::size_t) {
                std::this_thread::sleep_for(std::chrono::microseconds(50));
                const std::lock_guard lock(mutex);
                of_part.insert(std::this_thread::get_id());
            });
            helped += of_part.size() - of_part.count(std::this_thread::get_id());
            ids.merge(of_part);
        }
    }
    EXPECT_LE(ids.size(), 3u);
    EXPECT_GE(ids.size(), 2u);
    EXPECT_GE(helped, 2u);
}

// Parts follow each other at once and after a while, so that threads are met awake and asleep.
TEST(Team, DoesEveryItemOfEveryPartOnce) {
    const Team team(with_threads(4));
    for (std::size_t part = 0; part < 3000; ++part) {
        const std::size_t count = part % 9;
        std::vector<std::atomic<int>> calls(count);
        std::vector<int> results(count, 0);
        parallel_for(count, team.control(), [&](std::size_t i) {
            ++calls[i];
            results[i] = static_cast<int>(part + i);
        });
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(calls[i].load(), 1);
            ASSERT_EQ(results[i], static_cast<int>(part + i));
        }
        if (part % 300 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

TEST(Team, HelpersBlockSignalsAndGoWithIt) {
    const pthread_t caller = pthread_self();
    std::atomic<int> helpers{0}, blocked{0};
    const std::size_t before = threads_at_rest();
    {
        const Team team(with_threads(4));
        EXPECT_EQ(threads_of_process(), before);  // none before there is work
        parallel_for(200, team.control(), [&](std::size_t) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            if (pthread_equal(pthread_self(), caller) != 0) return;
            ++helpers;
            sigset_t mask;
            pthread_sigmask(SIG_SETMASK, nullptr, &mask);
            blocked += sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1 ? 1 : 0;
        });
        EXPECT_EQ(threads_of_process(), before + 3);
    }
    EXPECT_GT(helpers.load(), 0);
    EXPECT_EQ(blocked.load(), helpers.load());
    EXPECT_TRUE(comes_to_have(before));
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

TEST(Team, GoesOnAfterAnError) {
    const Team team(with_threads(3));
    for (int repeat = 0; repeat < 50; ++repeat) {
        std::atomic<int> calls{0};
        std::atomic<bool> first_began{false};
        try {
            parallel_for(3, team.control(), [&](std::size_t i) {
                if (i == 0) first_began = true;
                while (!first_began.load()) std::this_thread::yield();
                throw Error(ErrorCode::internal, std::to_string(i));
            });
            FAIL() << "no exception";
        } catch (const Error& error) {
            EXPECT_EQ(error.message(), "0");
        }
        parallel_for(10, team.control(), [&](std::size_t) { ++calls; });
        EXPECT_EQ(calls.load(), 10);
    }
}

TEST(Team, StopsWhenAsked) {
    const Team team(with_threads(3, stop_after_a_while));
    for (int repeat = 0; repeat < 5; ++repeat) {
        polls_until_stop = 50;
        std::atomic<int> calls{0};
        EXPECT_THROW(parallel_for(100'000, team.control(), [&](std::size_t) { ++calls; }), Error);
        EXPECT_EQ(calls.load(), 50);
    }
}

// A part within an item stays on its thread: the others are at work.
TEST(Team, IsOneTeamHoweverDeep) {
    const std::size_t before = threads_at_rest();
    const Team team(with_threads(3));
    std::atomic<int> calls{0}, strangers{0};
    std::atomic<std::size_t> most{0};
    parallel_for(20, team.control(), [&](std::size_t) {
        const Team inner(team.control());
        const std::thread::id here = std::this_thread::get_id();
        parallel_for(5, inner.control(), [&](std::size_t) {
            ++calls;
            if (std::this_thread::get_id() != here) ++strangers;
            std::size_t known = most;
            const std::size_t now = threads_of_process();
            while (known < now && !most.compare_exchange_weak(known, now)) {
            }
        });
    });
    EXPECT_EQ(calls.load(), 100);
    EXPECT_EQ(strangers.load(), 0);
    EXPECT_LE(most.load(), before + 2);
    // Afterwards it has its threads again, under another limit too.
    Control fewer = team.control();
    fewer.threads = 2;
    parallel_for(5, fewer, [&](std::size_t) { ++calls; });
    EXPECT_EQ(calls.load(), 105);
}

}  // namespace
}  // namespace evolve
