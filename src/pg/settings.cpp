#include "pg/settings.hpp"

#include <algorithm>
#include <thread>

#include "pg/boundary.hpp"
#include "pg/heartbeat.hpp"
#include "pg/query.hpp"
#include "pg/values.hpp"
#include "pg/workers.hpp"

extern "C" {
#include "storage/proc.h"
}

namespace evolve::pg {
namespace {

int max_threads = 0;
int work_mem_kb = 256 * 1024;
char* user_id = nullptr;
bool engine_writes = false;

// Called by threads of the core too: reads flags that signal handlers set.
bool stop_requested() noexcept {
    beat();
    return InterruptPending && (QueryCancelPending || ProcDiePending);
}

}  // namespace

void define_gucs() {
    const int cores = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 1024u));
    DefineCustomIntVariable("evolve.max_threads", "Threads that one call of the engine may use.",
                            "1 means none beside the session's own. Results do not depend on it.", &max_threads, cores,
                            1, 1024, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("evolve.work_mem", "Memory that one call of the engine may use for its working columns.",
                            "Larger populations are worked on in slices.", &work_mem_kb, 256 * 1024, 1024,
                            MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("evolve.user_id", "The current user's uuid where there is no JWT claim.",
                               "Read by evolve_current_user().", &user_id, "", PGC_USERSET, 0, nullptr, nullptr,
                               nullptr);
    DefineCustomBoolVariable("evolve.engine_writes", "On while a function of the extension changes a strategy's state.",
                             "Set by the extension's own functions only.", &engine_writes, false, PGC_INTERNAL,
                             GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, nullptr, nullptr, nullptr);
    define_worker_gucs();
    MarkGUCPrefixReserved("evolve");
}

bool engine_is_writing() { return engine_writes; }

Control session_control() {
    return {.poll = stop_requested,
            .threads = static_cast<unsigned>(max_threads),
            .memory_limit = static_cast<std::size_t>(work_mem_kb) * 1024,
            .report = tell};
}

Limits ceiling_limits() { return {.bytes = 1 << 20, .nodes = 10'000, .depth = 100, .lookback = 1'000'000}; }

namespace {

// Whoever may not read the settings gets the defaults: the language is for everybody.
bool settings_are_readable(const Query& query) {
    if (!query.schema_is_ready()) return false;
    bool readable = false;
    query.each_row(
        "SELECT CASE WHEN has_schema_privilege('evolve', 'usage') THEN has_table_privilege('evolve.settings', "
        "'select') "
        "ELSE false END",
        {}, [&](const Row& row) { readable = row.boolean(1); });
    return readable;
}

}  // namespace

Limits ruleset_limits() {
    const Query query;
    Limits limits;
    if (!settings_are_readable(query)) return limits;
    query.each_row(
        "SELECT name, value::text::int8 FROM evolve.settings "
        "WHERE name IN ('ruleset_max_bytes', 'ruleset_max_nodes', 'ruleset_max_depth', 'ruleset_max_lookback')",
        {}, [&](const Row& row) {
            const std::string name = row.text(1);
            const auto value = static_cast<std::size_t>(row.int8(2));
            if (name == "ruleset_max_bytes") limits.bytes = value;
            if (name == "ruleset_max_nodes") limits.nodes = value;
            if (name == "ruleset_max_depth") limits.depth = value;
            if (name == "ruleset_max_lookback") limits.lookback = value;
        });
    return limits;
}

std::int64_t count_setting(const std::string& name, std::int64_t otherwise) {
    const Query query;
    if (!settings_are_readable(query)) return otherwise;
    std::int64_t value = otherwise;
    query.each_row("SELECT value::text::int8 FROM evolve.settings WHERE name = $1", {name},
                   [&](const Row& row) { value = row.int8(1); });
    return value;
}

}  // namespace evolve::pg

// Lets the extension's own functions pass the guards of evolve.user_strategies until the end of the transaction or
// until it is switched off. EXECUTE is revoked from PUBLIC; an internal setting, so that SET cannot reach it;
// changed as by SET LOCAL (source "session": "override" would outlive a rollback).
EVOLVE_FUNCTION(_evolve_engine_writes) {
    const bool on = PG_GETARG_BOOL(0);
    evolve::pg::call([&] {
        (void)set_config_option("evolve.engine_writes", on ? "on" : "off", PGC_INTERNAL, PGC_S_SESSION,
                                GUC_ACTION_LOCAL, true, 0, false);
    });
    return BoolGetDatum(on);
}

EVOLVE_FUNCTION(_evolve_engine_is_writing) { return BoolGetDatum(evolve::pg::engine_is_writing()); }
