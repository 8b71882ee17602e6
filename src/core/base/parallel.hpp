// Runs independent items on a few threads. The only place of the core that makes threads.
#pragma once

#include <cstddef>
#include <functional>

#include "core/base/control.hpp"

namespace evolve {

// Calls work(i) once for every i in [0, count), in any order, on at most control.threads threads, one of them
// the caller's. All signals are blocked in the others, so that a host's handlers run where it expects them;
// all are joined before the call returns. When items throw, the exception of the lowest index is rethrown and
// items not yet begun are skipped. work(i) may touch only what belongs to item i.
void parallel_for(std::size_t count, const Control& control, const std::function<void(std::size_t)>& work);

}  // namespace evolve
