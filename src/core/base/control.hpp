// What a caller may steer and see while the core works: stop it, how many threads it may use, how far it is.
#pragma once

#include <cstddef>

#include "core/base/error.hpp"

namespace evolve {

// Called often (at least every few milliseconds of work) and from any thread of the core: must be cheap,
// thread-safe and noexcept. True means: stop as soon as possible.
using Poll = bool (*)() noexcept;

// How far a long work is: the name of its part (a literal, one word), how many of its items are done, and of how many.
// Called from any thread of the core: must be cheap, thread-safe and noexcept.
using Report = void (*)(const char* part, std::size_t done, std::size_t total) noexcept;

class Team;

struct Control {
    Poll poll = nullptr;   // nullptr: never stops
    unsigned threads = 1;  // 1: everything on the calling thread; results do not depend on it
    std::size_t memory_limit = std::size_t{256} << 20;  // bytes of working columns
    Report report = nullptr;                            // nullptr: nobody asks
    Team* team = nullptr;  // threads at hand (parallel.hpp); nullptr: parallel_for() starts its own

    bool stop_requested() const noexcept { return poll != nullptr && poll(); }
    // Throws ErrorCode::interrupted when the caller wants to stop.
    void check() const {
        if (stop_requested()) throw Error(ErrorCode::interrupted, "interrupted");
    }
    void tell(const char* part, std::size_t done, std::size_t total) const noexcept {
        if (report != nullptr) report(part, done, total);
    }
};

// Long loops call check() once per this many bars (well under a millisecond of work).
inline constexpr std::size_t bars_per_poll = 16384;

}  // namespace evolve
