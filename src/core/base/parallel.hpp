// Runs independent items on a few threads. The only place of the core that makes threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/base/control.hpp"

namespace evolve {

// Calls work(i) once for every i in [0, count), in any order, on at most control.threads threads, one of them
// the caller's. All signals are blocked in the others, so that a host's handlers run where it expects them; all are
// joined before the call returns, but for those of a team, which are idle then. When items throw, the exception of the
// lowest index is rethrown and items not yet begun are skipped. work(i) may touch only what belongs to item i. Items
// are begun in their order: the largest are best first.
void parallel_for(std::size_t count, const Control& control, const std::function<void(std::size_t)>& work);

// Threads that stay while this exists, so that a work of many short parts starts each of them once: parallel_for() with
// control() uses them. They are started when they are first needed, and joined by the destructor. Between parts they
// wait. One call of parallel_for() at a time has them: one within its items does all on the thread that calls it.
class Team {
public:
    // Takes what `control` allows; where it has a team already, that one goes on being used.
    explicit Team(const Control& control);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    // As given, with a team.
    const Control& control() const { return control_; }

private:
    friend void parallel_for(std::size_t count, const Control& control, const std::function<void(std::size_t)>& work);
    class Helper;

    // Helpers to do a part with, as many as wanted where the system gives them; none where they are in use.
    std::span<const std::unique_ptr<Helper>> take(std::size_t wanted);
    void give_back() { in_use_ = false; }

    Control control_;
    std::vector<std::unique_ptr<Helper>> helpers_;
    std::atomic<bool> in_use_{false};
};

}  // namespace evolve
