#include "core/base/parallel.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace evolve {
namespace {

class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

struct Queue {
    std::size_t count;
    const Control& control;
    const std::function<void(std::size_t)>& work;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex{};
    std::size_t first_failure = 0;
    std::exception_ptr error = nullptr;

    void drain() noexcept {
        for (;;) {
            const std::size_t index = next.fetch_add(1);
            if (index >= count || failed.load()) return;
            try {
                control.check();
                work(index);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!error || index < first_failure) {
                    first_failure = index;
                    error = std::current_exception();
                }
                failed = true;
            }
        }
    }
};

}  // namespace

void parallel_for(std::size_t count, const Control& control, const std::function<void(std::size_t)>& work) {
    Queue queue{.count = count, .control = control, .work = work};
    std::vector<std::thread> helpers;
    const std::size_t wanted = std::min<std::size_t>(std::max(control.threads, 1u), count);
    if (wanted > 1) {
        const SignalsBlocked blocked;  // threads inherit the mask of their maker
        helpers.reserve(wanted - 1);
        try {
            while (helpers.size() + 1 < wanted) helpers.emplace_back([&queue] { queue.drain(); });
        } catch (const std::system_error&) {
            // The system gives no more threads: fewer do the same work.
        }
    }
    queue.drain();
    for (std::thread& helper : helpers) helper.join();
    if (queue.error) std::rethrow_exception(queue.error);
}

}  // namespace evolve
