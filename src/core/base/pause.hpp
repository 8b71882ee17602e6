// How threads wait for what comes at once.
#pragma once

#include <thread>

namespace evolve {

// Looks, with a pause between them, before a thread goes to sleep: to wake it takes longer than many a part of a work.
inline constexpr int looks_before_sleep = 300;

inline void pause_a_little() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

}  // namespace evolve
