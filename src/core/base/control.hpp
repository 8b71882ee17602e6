// What a caller may steer while the core works: stop it, and how many threads it may use.
#pragma once

#include <cstddef>

#include "core/base/error.hpp"

namespace evolve {

// Called often (at least every few milliseconds of work) and from any thread of the core: must be cheap,
// thread-safe and noexcept. True means: stop as soon as possible.
using Poll = bool (*)() noexcept;

struct Control {
    Poll poll = nullptr;   // nullptr: never stops
    unsigned threads = 1;  // 1: everything on the calling thread; results do not depend on it
    std::size_t memory_limit = std::size_t{256} << 20;  // bytes of working columns

    bool stop_requested() const noexcept { return poll != nullptr && poll(); }
    // Throws ErrorCode::interrupted when the caller wants to stop.
    void check() const {
        if (stop_requested()) throw Error(ErrorCode::interrupted, "interrupted");
    }
};

// Long loops call check() once per this many bars (well under a millisecond of work).
inline constexpr std::size_t bars_per_poll = 16384;

}  // namespace evolve
