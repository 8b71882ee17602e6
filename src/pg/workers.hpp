// Background workers: a launcher that starts short-lived workers, one a database and look, which run what is due.
//
//   launcher   connected to no database, so that none is held open. There is at most one that was preloaded, for the
//              databases of evolve.databases, and one that evolve_start() began for a database.
//   worker     connects, runs evolve_run_due_jobs() once, and ends.
//
// Advisory locks (worker_lock_class, key) of a database tell who is there; they end with their process.
#pragma once

#include <cstdint>

#include "pg/postgres.hpp"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace evolve::pg {

inline constexpr const char* launcher_type = "pg_evolve launcher";
inline constexpr const char* worker_type = "pg_evolve worker";

enum class WorkerLock : std::uint32_t {
    launcher = 0,  // held by the launcher that evolve_start() began
    worker = 1     // held by the worker: one at a time, whoever began it
};

// For the life of the process, or until it is released. False when somebody else holds it.
bool take_worker_lock(Oid database, WorkerLock key);
void release_worker_lock(Oid database, WorkerLock key);
// Waits for it; an ERROR when the wait is cancelled.
void await_worker_lock(Oid database, WorkerLock key);

// What every process of ours says to the postmaster; argument, extra and notify_pid are the caller's.
BackgroundWorker described_worker(const char* type, const char* function, int restart_seconds);
BackgroundWorker described_launcher();

// Called by _PG_init: the settings, and the launcher when the library is preloaded.
void define_worker_gucs();
void register_launcher();

}  // namespace evolve::pg
