// Runs tasks that wait for each other on a few threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/control.hpp"

namespace evolve {

// Tasks, numbered from 0, and which of them need others to be done first. No two may need each other.
class TaskGraph {
public:
    explicit TaskGraph(std::size_t count) : missing_(count, 0), readers_(count) {}

    // `task` begins after `other`.
    void needs(std::size_t task, std::size_t other) {
        ++missing_[task];
        readers_[other].push_back(static_cast<std::uint32_t>(task));
    }

    // Calls work(i) once for every task, on at most control.threads threads as parallel_for() does, and done(i) after
    // it and before anything begins that needs it; done() is called by one thread at a time. What a task has made
    // possible comes before what was possible already, as its input is at hand; of that the lower number first. When
    // tasks throw, one of their exceptions is rethrown and no other task begins. Once.
    using Work = std::function<void(std::size_t)>;
    void run(const Control& control, const Work& work, const Work& done);

private:
    std::vector<std::uint32_t> missing_;               // by task: needs that are not done
    std::vector<std::vector<std::uint32_t>> readers_;  // by task: who needs it
};

}  // namespace evolve
