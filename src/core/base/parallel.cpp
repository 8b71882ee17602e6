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

#include "core/base/pause.hpp"

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

// One thread. It gets at most one queue at a time, and whoever offered it may take it back as long as the thread has
// not begun, so that nobody waits for a thread that is slow to wake.
class Team::Helper {
public:
    Helper() : thread_([this] { serve(); }) {}
    ~Helper() {
        set(State::gone);
        thread_.join();
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;

    void offer(Queue& queue) {
        queue_ = &queue;
        set(State::offered);
    }
    // Afterwards it does not touch the queue any more.
    void finish() {
        State state = State::offered;
        if (state_.compare_exchange_strong(state, State::idle)) return;
        wait_while(State::working);
    }

private:
    enum class State : int { idle, offered, working, gone };

    void set(State state) {
        state_.store(state);
        state_.notify_one();
    }
    State wait_while(State state) {
        for (int i = 0; i < looks_before_sleep && state_.load() == state; ++i) pause_a_little();
        state_.wait(state);
        return state_.load();
    }
    void serve() noexcept {
        for (;;) {
            State state = wait_while(State::idle);
            if (state == State::gone) return;
            if (state != State::offered || !state_.compare_exchange_strong(state, State::working)) continue;
            queue_->drain();
            set(State::idle);
        }
    }

    Queue* queue_ = nullptr;
    std::atomic<State> state_{State::idle};
    std::thread thread_;  // the last: it begins at once
};

Team::Team(const Control& control) : control_(control) {
    if (control_.team == nullptr) control_.team = this;
}

Team::~Team() = default;

std::span<const std::unique_ptr<Team::Helper>> Team::take(std::size_t wanted) {
    if (in_use_.exchange(true)) return {};
    if (helpers_.size() < wanted) {
        const SignalsBlocked blocked;  // threads inherit the mask of their maker
        try {
            helpers_.reserve(wanted);
            while (helpers_.size() < wanted) helpers_.push_back(std::make_unique<Helper>());
        } catch (const std::system_error&) {
            // The system gives no more threads: fewer do the same work.
        } catch (...) {
            give_back();
            throw;
        }
    }
    if (helpers_.empty()) give_back();
    return std::span(helpers_).first(std::min(wanted, helpers_.size()));
}

void parallel_for(std::size_t count, const Control& control, const std::function<void(std::size_t)>& work) {
    Queue queue{.count = count, .control = control, .work = work};
    const std::size_t wanted = std::min<std::size_t>(std::max(control.threads, 1u), count);
    if (wanted <= 1) {
        queue.drain();
    } else {
        Team own(control);  // without threads where there is a team
        Team& team = *own.control().team;
        const auto helpers = team.take(wanted - 1);
        for (const auto& helper : helpers) helper->offer(queue);
        queue.drain();
        for (const auto& helper : helpers) helper->finish();
        if (!helpers.empty()) team.give_back();
    }
    if (queue.error) std::rethrow_exception(queue.error);
}

}  // namespace evolve
