// A worker: connects to its database as its role, runs the jobs that are due, some of the queue and generations of a
// run, and ends. evolve_start() and evolve_stop().
#include <string>

#include "pg/boundary.hpp"
#include "pg/query.hpp"
#include "pg/values.hpp"
#include "pg/workers.hpp"

extern "C" {
#include "access/xact.h"
#include "access/xlog.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

PGDLLEXPORT void evolve_worker_main(Datum argument);
}

using namespace evolve;
using namespace evolve::pg;

namespace {

// The schema of the procedures that run what is due; NULL where there is no extension or no table: then there is
// nothing to do.
char* schema_of_procedures() {
    const char* const find =
        "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e "
        "JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace "
        "WHERE e.extname OPERATOR(pg_catalog.=) 'pg_evolve' AND pg_catalog.to_regclass('evolve.jobs') IS NOT NULL";
    if (SPI_execute(find, true, 1) != SPI_OK_SELECT || SPI_processed == 0) return nullptr;
    return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

// A procedure that commits needs a portal, as the one of a CALL by a client, to keep its place between transactions.
void run_due_jobs() {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    // The launcher has looked already; roles change.
    if (superuser()) ereport(FATAL, (errmsg("pg_evolve runs no jobs as a superuser")));
    Portal const portal = CreateNewPortal();
    portal->visible = false;
    portal->resowner = CurrentResourceOwner;
    portal->status = PORTAL_ACTIVE;
    ActivePortal = portal;
    PortalContext = portal->portalContext;
    EnsurePortalSnapshotExists();
    SPI_connect_ext(SPI_OPT_NONATOMIC);
    if (char* const schema = schema_of_procedures()) {
        // Jobs first; then some of the queue, so that jobs that come due meanwhile do not wait for all of it; last a
        // run, which ends when one of them is due.
        static const char* const calls[] = {"evolve_run_due_jobs('launcher')", "evolve_work(20)",
                                            "evolve_work_on_runs()"};
        for (const char* const procedure : calls) {
            char* const statement = psprintf("CALL %s.%s", schema, procedure);
            pgstat_report_activity(STATE_RUNNING, statement);
            SPIExecuteOptions options;
            memset(&options, 0, sizeof options);
            options.allow_nonatomic = true;
            (void)SPI_execute_extended(statement, &options);
        }
    }
    SPI_finish();
    if (ActiveSnapshotSet()) PopActiveSnapshot();
    portal->portalSnapshot = nullptr;
    ActivePortal = nullptr;
    portal->status = PORTAL_READY;
    CommitTransactionCommand();
}

bool is_launcher(int pid) {
    const PGPROC* const process = BackendPidGetProc(pid);
    if (process == nullptr || OidIsValid(process->databaseId)) return false;
#if PG_VERSION_NUM < 180000
    return process->isBackgroundWorker;
#else
    return !process->isRegularBackend;
#endif
}

// The process that evolve_start() began for this database: it holds the lock and is connected to no database. 0: none.
int launcher_pid(const evolve::pg::Query& query) {
    int found = 0;
    query.each_row(
        "SELECT pid::int8 FROM pg_locks WHERE locktype = 'advisory' AND classid = 1702259054 AND objid = 0 AND "
        "objsubid = 2 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        {}, [&](const Row& row) {
            const int pid = static_cast<int>(row.int8(1));
            if (is_launcher(pid)) found = pid;
        });
    return found;
}

void require_usable(Oid role, const char* name) {
    if (!is_member_of_role(GetUserId(), role))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("you are no member of role \"%s\"", name)));
    if (superuser_arg(role))
        ereport(
            ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("jobs are not run by a superuser"),
             errhint("Name a role that may log in: SELECT evolve_grant(role, 'operator'); then evolve_start(role).")));
}

void start_launcher(const char* role) {
    BackgroundWorker launcher = described_launcher();
    launcher.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId);
    launcher.bgw_notify_pid = MyProcPid;
    strlcpy(launcher.bgw_extra, role, NAMEDATALEN);
    BackgroundWorkerHandle* handle = nullptr;
    pid_t pid = 0;
    if (!RegisterDynamicBackgroundWorker(&launcher, &handle))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES), errmsg("no background worker is free"),
                        errhint("Raise max_worker_processes and restart the server.")));
    (void)WaitForBackgroundWorkerStartup(handle, &pid);
}

}  // namespace

// An ERROR ends the process: its line is in the log, and the next look tries again. No C++ object lives here.
void evolve_worker_main(Datum /*argument*/) {
    char database[NAMEDATALEN];
    char role[NAMEDATALEN];
    strlcpy(database, MyBgworkerEntry->bgw_extra, NAMEDATALEN);
    strlcpy(role, MyBgworkerEntry->bgw_extra + NAMEDATALEN, NAMEDATALEN);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnection(database, role, 0);
    if (!take_worker_lock(MyDatabaseId, WorkerLock::worker)) proc_exit(0);
    SetConfigOption("application_name", "pg_evolve", PGC_USERSET, PGC_S_SESSION);
    run_due_jobs();
    proc_exit(0);
}

EVOLVE_FUNCTION(evolve_start) {
    require_arg(fcinfo, 0);
    const char* const role = NameStr(*DatumGetName(fcinfo->args[0].value));
    call([&] { require_usable(get_role_oid(role, false), role); });
    const evolve::pg::Query query;
    query.require_schema();
    if (launcher_pid(query) != 0) {
        call([] { ereport(NOTICE, (errmsg("a launcher runs already, this call does nothing"))); });
        return BoolGetDatum(false);
    }
    call([&] { start_launcher(role); });
    // Until it can be found: a stop that follows at once finds it.
    for (int look = 0; look < 1000 && launcher_pid(query) == 0; ++look)
        call([] {
            pg_usleep(10'000);
            CHECK_FOR_INTERRUPTS();
        });
    return BoolGetDatum(launcher_pid(query) != 0);
}

// Ends the launcher of this database and waits until it and the worker that it may have started are gone.
EVOLVE_FUNCTION(evolve_stop) {
    const evolve::pg::Query query;
    const int pid = launcher_pid(query);
    if (pid == 0) {
        call([] { ereport(NOTICE, (errmsg("no launcher that evolve_start() began runs here"))); });
        return BoolGetDatum(false);
    }
    (void)kill(pid, SIGTERM);
    call([] {
        for (const WorkerLock part : {WorkerLock::launcher, WorkerLock::worker}) {
            await_worker_lock(MyDatabaseId, part);
            release_worker_lock(MyDatabaseId, part);
        }
    });
    return BoolGetDatum(true);
}
