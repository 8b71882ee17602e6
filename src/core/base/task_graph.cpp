#include "core/base/task_graph.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/base/parallel.hpp"
#include "core/base/pause.hpp"

namespace evolve {
namespace {

// What the threads that run a graph share.
class GraphRun {
public:
    GraphRun(std::vector<std::uint32_t>& missing, const std::vector<std::vector<std::uint32_t>>& readers,
             const Control& control, const TaskGraph::Work& work, const TaskGraph::Work& done)
        : missing_(missing), readers_(readers), control_(control), work_(work), done_(done) {
        for (std::size_t task = missing.size(); task-- > 0;)
            if (missing[task] == 0) ready_.push_back(static_cast<std::uint32_t>(task));
    }

    // Until nothing is left, or something has failed.
    void serve() {
        std::unique_lock lock(mutex_);
        while (wait_for_task(lock)) {
            const std::uint32_t task = ready_.back();
            ready_.pop_back();
            ++running_;
            try {
                lock.unlock();
                control_.check();
                work_(task);
                lock.lock();
                done_(task);
            } catch (...) {
                if (!lock.owns_lock()) lock.lock();
                failed_ = true;
                --running_;
                tell();
                throw;
            }
            --running_;
            for (auto reader = readers_[task].rbegin(); reader != readers_[task].rend(); ++reader)
                if (--missing_[*reader] == 0) ready_.push_back(*reader);
            if (ready_.size() > 1 || over()) tell();  // one of them is this thread's
        }
    }

private:
    bool over() const { return failed_ || (ready_.empty() && running_ == 0); }

    // False when it is over. Looks for a moment before it sleeps: most tasks are short.
    bool wait_for_task(std::unique_lock<std::mutex>& lock) {
        while (!over() && ready_.empty()) {
            const std::uint32_t seen = news_;
            lock.unlock();
            for (int i = 0; i < looks_before_sleep && news_ == seen; ++i) pause_a_little();
            lock.lock();
            changed_.wait(lock, [&] { return over() || !ready_.empty() || news_ != seen; });
        }
        return !over();
    }

    void tell() {
        ++news_;
        changed_.notify_all();
    }

    std::vector<std::uint32_t>& missing_;
    const std::vector<std::vector<std::uint32_t>>& readers_;
    const Control& control_;
    const TaskGraph::Work &work_, &done_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<std::uint32_t> news_{0};
    std::vector<std::uint32_t> ready_;  // the next one last
    std::size_t running_ = 0;
    bool failed_ = false;
};

}  // namespace

void TaskGraph::run(const Control& control, const Work& work, const Work& done) {
    GraphRun graph(missing_, readers_, control, work, done);
    const std::size_t threads = std::min<std::size_t>(std::max(control.threads, 1u), missing_.size());
    parallel_for(threads, control, [&graph](std::size_t) { graph.serve(); });
}

}  // namespace evolve
