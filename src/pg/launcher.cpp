// The launcher: every evolve.naptime seconds it starts a worker for each database that has none running.
//
// Neither C++ exceptions nor objects with destructors here: an ERROR ends the process, and the postmaster starts it
// anew.
#include "pg/workers.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/rel.h"
#include "utils/varlena.h"

PGDLLEXPORT void evolve_launcher_main(Datum database);
}

namespace evolve::pg {
namespace {

constexpr std::uint32_t worker_lock_class = 1'702'259'054;
constexpr int most_databases = 64;
constexpr long look_at_workers_ms = 500;

// What pg_stat_activity says that the launcher waits for; versions before 17 know no names of ours.
std::uint32_t wait_event() {
#if PG_VERSION_NUM >= 170000
    static const std::uint32_t event = WaitEventExtensionNew("PgEvolveLauncherMain");
    return event;
#else
    return PG_WAIT_EXTENSION;
#endif
}

char* databases = nullptr;
char* worker_role = nullptr;
int naptime = 10;

struct Target {
    char name[NAMEDATALEN];
    Oid database;  // when the worker was started
    BackgroundWorkerHandle* worker;
    const char* problem;  // what was said last about it
};

Target targets[most_databases];
int target_count = 0;

LOCKTAG lock_tag(Oid database, WorkerLock key) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, database, worker_lock_class, static_cast<std::uint32_t>(key), 2);
    return tag;
}

Target* target_of(const char* name) {
    for (int i = 0; i < target_count; ++i)
        if (strcmp(targets[i].name, name) == 0) return &targets[i];
    if (target_count == most_databases) return nullptr;
    Target* const added = &targets[target_count++];
    strlcpy(added->name, name, NAMEDATALEN);
    added->worker = nullptr;
    added->problem = nullptr;
    return added;
}

// Once for each new problem, not at every look.
void complain(Target* target, const char* problem) {
    if (problem != nullptr && target->problem != problem)
        ereport(WARNING, (errmsg("pg_evolve runs no jobs in database \"%s\": %s", target->name, problem)));
    target->problem = problem;
}

// The shared catalogs are read without their indexes: a process without a database has no way to open those when it is
// the first after a start of the server.
template <class Found>
void scan_catalog(Oid catalog, Found&& found) {
    Relation const relation = table_open(catalog, AccessShareLock);
    SysScanDesc const scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
    for (HeapTuple row = systable_getnext(scan); HeapTupleIsValid(row); row = systable_getnext(scan))
        if (found(GETSTRUCT(row))) break;
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
}

// InvalidOid: there is none of that name.
Oid find_database(const char* name) {
    Oid found = InvalidOid;
    scan_catalog(DatabaseRelationId, [&](const void* row) {
        const auto* const known = static_cast<const FormData_pg_database*>(row);
        if (strcmp(NameStr(known->datname), name) == 0) found = known->oid;
        return OidIsValid(found);
    });
    return found;
}

bool name_database(Oid database, char* name) {
    bool exists = false;
    scan_catalog(DatabaseRelationId, [&](const void* row) {
        const auto* const known = static_cast<const FormData_pg_database*>(row);
        exists = known->oid == database;
        if (exists) strlcpy(name, NameStr(known->datname), NAMEDATALEN);
        return exists;
    });
    return exists;
}

const char* problem_of_role(const char* role) {
    if (role[0] == '\0') return "evolve.worker_role is not set";
    const char* problem = "the role that is to run them does not exist";
    scan_catalog(AuthIdRelationId, [&](const void* row) {
        const auto* const known = static_cast<const FormData_pg_authid*>(row);
        if (strcmp(NameStr(known->rolname), role) != 0) return false;
        problem = known->rolsuper       ? "the role that is to run them is a superuser"
                  : !known->rolcanlogin ? "the role that is to run them may not log in"
                                        : nullptr;
        return true;
    });
    return problem;
}

bool is_running(Target* target) {
    if (target->worker == nullptr) return false;
    pid_t pid = 0;
    if (GetBackgroundWorkerPid(target->worker, &pid) != BGWH_STOPPED) return true;
    pfree(target->worker);
    target->worker = nullptr;
    return false;
}

void start_worker(Target* target, const char* role) {
    if (is_running(target)) return;
    target->database = find_database(target->name);
    if (!OidIsValid(target->database)) return complain(target, "it does not exist");
    if (const char* const problem = problem_of_role(role)) return complain(target, problem);
    BackgroundWorker worker = described_worker(worker_type, "evolve_worker_main", BGW_NEVER_RESTART);
    worker.bgw_notify_pid = MyProcPid;
    static_assert(BGW_EXTRALEN >= 2 * NAMEDATALEN);
    strlcpy(worker.bgw_extra, target->name, NAMEDATALEN);
    strlcpy(worker.bgw_extra + NAMEDATALEN, role, NAMEDATALEN);
    MemoryContext const before = MemoryContextSwitchTo(TopMemoryContext);
    const bool registered = RegisterDynamicBackgroundWorker(&worker, &target->worker);
    MemoryContextSwitchTo(before);
    if (!registered) target->worker = nullptr;
    complain(target, registered ? nullptr : "no background worker is free (max_worker_processes)");
}

// For the databases of the configuration.
void start_configured() {
    List* names = NIL;
    if (!SplitGUCList(pstrdup(databases), ',', &names)) {
        static bool said = false;
        if (!said) ereport(WARNING, (errmsg("evolve.databases is no list of names: \"%s\"", databases)));
        said = true;
        return;
    }
    ListCell* cell = nullptr;
    foreach (cell, names) {
        Target* const target = target_of(static_cast<const char*>(lfirst(cell)));
        if (target != nullptr) start_worker(target, worker_role);
    }
}

// For the one database that evolve_start() named; false when it is gone. A database that is renamed keeps its launcher.
bool start_named(Oid database, const char* role) {
    char name[NAMEDATALEN];
    if (!name_database(database, name)) return false;
    Target* const target = &targets[0];
    target_count = 1;
    strlcpy(target->name, name, NAMEDATALEN);
    start_worker(target, role);
    return true;
}

// DROP DATABASE locks the database and then waits some seconds for everybody to leave it.
bool is_being_dropped(Oid database) {
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, database, 0);
    if (LockAcquire(&tag, AccessShareLock, true, true) == LOCKACQUIRE_NOT_AVAIL) return true;
    LockRelease(&tag, AccessShareLock, true);
    return false;
}

// Ends the workers of databases that are being dropped or renamed; whether any is at work.
bool look_at_workers() {
    bool any = false;
    for (int i = 0; i < target_count; ++i) {
        if (!is_running(&targets[i])) continue;
        any = true;
        if (!is_being_dropped(targets[i].database)) continue;
        ereport(LOG, (errmsg("pg_evolve ends its worker in database \"%s\": somebody drops or renames the database",
                             targets[i].name)));
        TerminateBackgroundWorker(targets[i].worker);
    }
    return any;
}

void sleep_until(TimestampTz next) {
    while (!ShutdownRequestPending) {
        const long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next);
        if (left <= 0) return;
        const long milliseconds = look_at_workers() ? Min(left, look_at_workers_ms) : left;
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, wait_event());
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();  // DROP DATABASE waits until every process has answered
        if (ConfigReloadPending) {
            ConfigReloadPending = 0;
            ProcessConfigFile(PGC_SIGHUP);
            return;
        }
    }
}

}  // namespace

bool take_worker_lock(Oid database, WorkerLock key) {
    const LOCKTAG tag = lock_tag(database, key);
    return LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

void release_worker_lock(Oid database, WorkerLock key) {
    const LOCKTAG tag = lock_tag(database, key);
    LockRelease(&tag, ExclusiveLock, true);
}

void await_worker_lock(Oid database, WorkerLock key) {
    const LOCKTAG tag = lock_tag(database, key);
    (void)LockAcquire(&tag, ExclusiveLock, true, false);
}

BackgroundWorker described_worker(const char* type, const char* function, int restart_seconds) {
    BackgroundWorker worker;
    memset(&worker, 0, sizeof worker);
    strlcpy(worker.bgw_name, type, BGW_MAXLEN);
    strlcpy(worker.bgw_type, type, BGW_MAXLEN);
    strlcpy(worker.bgw_library_name, "$libdir/pg_evolve", sizeof worker.bgw_library_name);
    strlcpy(worker.bgw_function_name, function, sizeof worker.bgw_function_name);
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = restart_seconds;
    return worker;
}

BackgroundWorker described_launcher() { return described_worker(launcher_type, "evolve_launcher_main", 5); }

void define_worker_gucs() {
    DefineCustomStringVariable("evolve.databases", "Databases whose jobs the preloaded launcher runs.",
                               "A list of names; read where shared_preload_libraries has pg_evolve.", &databases, "",
                               PGC_SIGHUP, GUC_LIST_INPUT, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("evolve.worker_role", "Role that runs the jobs of evolve.databases; no superuser.",
                               nullptr, &worker_role, "", PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("evolve.naptime", "Time between two looks of a launcher for jobs that are due.", nullptr,
                            &naptime, 10, 1, 3600, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
}

void register_launcher() {
    if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade) return;
    BackgroundWorker launcher = described_launcher();
    launcher.bgw_main_arg = ObjectIdGetDatum(InvalidOid);
    RegisterBackgroundWorker(&launcher);
}

}  // namespace evolve::pg

void evolve_launcher_main(Datum database) {
    using namespace evolve::pg;
    const Oid only = DatumGetObjectId(database);
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);
    if (OidIsValid(only) && !take_worker_lock(only, WorkerLock::launcher)) proc_exit(0);
    ereport(LOG, (errmsg("pg_evolve launcher started")));
    while (!ShutdownRequestPending) {
        const TimestampTz next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), naptime * 1000L);
        StartTransactionCommand();
        const bool wanted = !OidIsValid(only) || start_named(only, MyBgworkerEntry->bgw_extra);
        if (!OidIsValid(only)) start_configured();
        CommitTransactionCommand();
        if (!wanted) break;
        sleep_until(next);
    }
    ereport(LOG, (errmsg("pg_evolve launcher ends")));
    // Exit code 0 would end the preloaded one until the server is restarted.
    proc_exit(OidIsValid(only) ? 0 : 1);
}
