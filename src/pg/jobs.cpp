// evolve_run_due_jobs(): runs what is due of evolve.jobs.
//
// For each job: take its advisory lock, or leave it to whoever has it; record the start and commit, so that a crash can
// be seen; run the command in a subtransaction; record the end in the transaction of what the command did, commit,
// release the lock. A crash before the last commit leaves a row that says "running" and a lock that nobody holds: the
// next scheduler counts it as a failure and runs the slot again. After it, the slot has its row. So no slot's effects
// are lost or doubled, whoever dies.
//
// The records are read and written as the owner of the tables; the command runs as the caller. Its text is the owner's.
#include <memory>
#include <string>
#include <vector>

#include "pg/as_owner.hpp"
#include "pg/boundary.hpp"
#include "pg/heartbeat.hpp"
#include "pg/query.hpp"
#include "pg/values.hpp"

extern "C" {
#include "access/xact.h"
#include "access/xlog.h"
#include "nodes/parsenodes.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "utils/resowner.h"
#include "utils/timeout.h"
}

using namespace evolve;
using namespace evolve::pg;

namespace {

// Advisory locks (job_lock_class, job_id), as pg_advisory_lock(int, int) would take them.
constexpr std::uint32_t job_lock_class = 1'702'259'053;
constexpr std::size_t longest_message = 2'000;

// Held by the session, so that it outlives the transactions of a run and ends with the process.
class JobLock {
public:
    explicit JobLock(int job) {
        SET_LOCKTAG_ADVISORY(tag_, MyDatabaseId, job_lock_class, static_cast<std::uint32_t>(job), 2);
        const LockAcquireResult result = call([&] { return LockAcquire(&tag_, ExclusiveLock, true, true); });
        held_ = result == LOCKACQUIRE_OK;
        // The session has taken it by hand: its business.
        if (result == LOCKACQUIRE_ALREADY_HELD) LockRelease(&tag_, ExclusiveLock, true);
    }
    ~JobLock() {
        if (held_) LockRelease(&tag_, ExclusiveLock, true);
    }
    JobLock(const JobLock&) = delete;
    JobLock& operator=(const JobLock&) = delete;
    bool held() const { return held_; }

private:
    LOCKTAG tag_{};
    bool held_ = false;
};

// statement_timeout was set when the CALL began and cannot begin anew: a timer of our own cancels like it.
volatile sig_atomic_t run_timed_out = 0;

void stop_run() {
    run_timed_out = 1;
    QueryCancelPending = 1;
    InterruptPending = 1;
    SetLatch(MyLatch);
}

class RunTimer {
public:
    explicit RunTimer(int milliseconds) {
        static const TimeoutId timer = RegisterTimeout(USER_TIMEOUT, stop_run);
        timer_ = timer;
        run_timed_out = 0;
        enable_timeout_after(timer_, milliseconds);
    }
    // A timer that fired when the command was just done cancels nothing else.
    ~RunTimer() {
        disable_timeout(timer_, false);
        if (run_timed_out != 0) QueryCancelPending = 0;
    }
    RunTimer(const RunTimer&) = delete;
    RunTimer& operator=(const RunTimer&) = delete;

private:
    TimeoutId timer_ = USER_TIMEOUT;
};

struct Run {
    std::string id;  // empty: nothing was due
    std::string name;
    std::string command;
    int limit_ms = 0;
};

struct Outcome {
    bool success = false;
    std::string message;
    ErrorData* cancelled = nullptr;  // somebody stopped the whole CALL
};

// The records, as the owner of the tables.
class Records {
public:
    Records(const evolve::pg::Query& query, std::string schema)
        : query_(query), owner_(owner_of_tables()), schema_(std::move(schema)) {}

    Oid owner() const { return owner_; }

    std::vector<int> due() const {
        std::vector<int> jobs;
        each_row("_evolve_due_jobs() WHERE slot IS NOT NULL OR running_since IS NOT NULL", "job_id::int8", {},
                 [&](const Row& row) { jobs.push_back(static_cast<int>(row.int8(1))); });
        return jobs;
    }

    Run claim(int job, const std::string& scheduler) const {
        Run run;
        each_row("_evolve_claim_job($1::int, $2)", "run_id::text, name, command, limit_ms::int8",
                 {std::to_string(job), scheduler}, [&](const Row& row) {
                     if (row.is_null(1)) return;
                     run = {.id = row.text(1), .name = row.text(2), .command = row.text(3)};
                     run.limit_ms = static_cast<int>(row.int8(4));
                 });
        return run;
    }

    void finish(const Run& run, bool success, const std::string& message) const {
        each_row("_evolve_finish_job($1::int8, $2::bool, $3)", "1",
                 {run.id, std::string(success ? "t" : "f"), message.empty() ? SqlParameter() : message},
                 [](const Row&) {});
    }

private:
    void each_row(const char* from, const char* columns, std::initializer_list<SqlParameter> parameters,
                  const std::function<void(const Row&)>& visit) const {
        const ActAs as_owner(owner_);
        const std::string sql = std::string("SELECT ") + columns + " FROM " + schema_ + "." + from;
        query_.each_row(sql.c_str(), parameters, visit);
    }

    const evolve::pg::Query& query_;
    Oid owner_;
    std::string schema_;
};

std::string clipped(std::string text) {
    if (text.size() <= longest_message) return text;
    std::size_t end = longest_message;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
    text.resize(end);
    return text;
}

// Runs the text and returns the first value of its result. Settings that it changes are changed back.
std::string execute(const std::string& command) {
    const int level = call([] {
        const int begun = NewGUCNestLevel();
        (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                                0, false);
        return begun;
    });
    const Datum sql = text_datum(command);
    const int result = call([&] { return SPI_execute(TextDatumGetCString(sql), false, 0); });
    if (result < 0) {
        const bool control = result == SPI_ERROR_TRANSACTION;
        throw Error(ErrorCode::invalid_option, control ? "a job's command is part of a transaction and cannot end it"
                                                       : std::string("SPI failed: ") + SPI_result_code_string(result));
    }
    std::string value;
    if (SPI_tuptable != nullptr && SPI_tuptable->numvals > 0 && SPI_tuptable->tupdesc->natts > 0) {
        const char* const first = call([] { return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1); });
        if (first != nullptr) value = utf8_of(first);
    }
    // What is checked at the commit is checked here, where its failure is the command's.
    call([&] {
        SPI_execute("SET CONSTRAINTS ALL IMMEDIATE", false, 0);
        AtEOXact_GUC(false, level);
    });
    return clipped(std::move(value));
}

// One attempt, in a subtransaction: a command that fails leaves nothing.
Outcome attempt(const Records& records, const Run& run) {
    Outcome outcome;
    MemoryContext const context = CurrentMemoryContext;
    ResourceOwner const resources = CurrentResourceOwner;
    const auto go_back = [&] {
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = resources;
    };
    call([&] {
        BeginInternalSubTransaction(nullptr);
        MemoryContextSwitchTo(context);
    });
    try {
        begin_heartbeat(run.name);
        {
            const RunTimer timer(run.limit_ms);
            outcome.message = execute(run.command);
        }
        records.finish(run, true, outcome.message);
        call([] { ReleaseCurrentSubTransaction(); });
        go_back();
        outcome.success = true;
        return outcome;
    } catch (const PgError& error) {
        outcome.message = utf8_of(error.data()->message != nullptr ? error.data()->message : "unknown error");
        if (error.data()->sqlerrcode == ERRCODE_QUERY_CANCELED) {
            if (run_timed_out != 0)
                outcome.message = "stopped: it ran longer than longest_run";
            else
                outcome.cancelled = error.data();
        }
    } catch (const Error& error) {
        outcome.message = error.message();
    }
    call([] { RollbackAndReleaseCurrentSubTransaction(); });
    go_back();
    outcome.message = clipped(std::move(outcome.message));
    return outcome;
}

void warn(const Run& run, const Outcome& outcome) {
    const Datum name = text_datum(run.name);
    const Datum message = text_datum(outcome.message);
    call([&] {
        ereport(WARNING, (errmsg("job \"%s\" failed", TextDatumGetCString(name)),
                          errdetail_internal("%s", TextDatumGetCString(message))));
    });
}

void run_job(const evolve::pg::Query& query, const Records& records, int job, const std::string& scheduler) {
    const JobLock lock(job);
    if (!lock.held()) return;
    const Run run = records.claim(job, scheduler);
    query.commit();
    if (run.id.empty()) return;
    const Outcome outcome = attempt(records, run);
    if (!outcome.success) records.finish(run, false, outcome.message);
    query.commit();
    if (!outcome.success) warn(run, outcome);
    if (outcome.cancelled != nullptr) throw PgError(outcome.cancelled);
}

void require_own_transactions(FunctionCallInfo fcinfo) {
    const auto* const context = reinterpret_cast<const CallContext*>(fcinfo->context);
    if (context != nullptr && IsA(context, CallContext) && !context->atomic) return;
    throw Error(ErrorCode::invalid_option, "evolve_run_due_jobs() commits and cannot be part of a transaction", "",
                "CALL it by itself, outside BEGIN and outside functions.");
}

// Otherwise whoever owns the tables could write what a superuser then runs.
void require_trust(Oid owner) {
    call([&] {
        if (superuser() && !superuser_arg(owner))
            ereport(ERROR,
                    (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                     errmsg("a superuser does not run the jobs of an owner who is none"),
                     errhint("Call it as the tables' owner, or as a role that evolve_grant() made an operator.")));
    });
}

}  // namespace

EVOLVE_FUNCTION(evolve_run_due_jobs) {
    require_own_transactions(fcinfo);
    const std::string scheduler = text_arg(fcinfo, 0);
    if (scheduler.empty() || scheduler.size() > 100)
        throw Error(ErrorCode::invalid_option, "scheduler is a name of at most 100 bytes");
    if (RecoveryInProgress()) {
        call([] { ereport(NOTICE, (errmsg("a standby runs no jobs, this call does nothing"))); });
        return Datum{0};
    }
    const evolve::pg::Query query(Access::procedure);
    query.require_schema();
    const Records records(query, schema_of(fcinfo->flinfo->fn_oid));
    require_trust(records.owner());
    const std::vector<int> jobs = records.due();
    query.commit();
    for (const int job : jobs) {
        run_job(query, records, job, scheduler);
        call([] { CHECK_FOR_INTERRUPTS(); });
    }
    return Datum{0};
}
