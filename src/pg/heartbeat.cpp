#include "pg/heartbeat.hpp"

#include <chrono>

#include "pg/boundary.hpp"

extern "C" {
#include "access/xact.h"
#include "pgstat.h"
}

namespace evolve::pg {
namespace {

using Clock = std::chrono::system_clock;
constexpr std::chrono::milliseconds interval{200};

// Of the thread that began it, which is the session's: those of the core have their own, where no heart beats.
thread_local std::int64_t beating_for = 0;
thread_local Clock::time_point next_beat;

void end_with_transaction(XactEvent event, void* /*argument*/) {
    // The setting's own value comes back with the end of the transaction that set it.
    if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT) beating_for = 0;
}

}  // namespace

void begin_heartbeat(std::int64_t item) {
    static const bool registered = [] {
        call([] { RegisterXactCallback(end_with_transaction, nullptr); });
        return true;
    }();
    static_cast<void>(registered);
    beating_for = item;
    next_beat = {};
    beat();
}

void beat() noexcept {
    if (beating_for == 0) return;
    const Clock::time_point now = Clock::now();
    if (now < next_beat) return;
    next_beat = now + interval;
    char name[NAMEDATALEN];
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    snprintf(name, sizeof name, "pg_evolve queue: item %lld, alive %lld", static_cast<long long>(beating_for),
             static_cast<long long>(milliseconds));
    pgstat_report_appname(name);  // raises nothing
}

}  // namespace evolve::pg

using namespace evolve::pg;

EVOLVE_FUNCTION(_evolve_begin_heartbeat) {
    begin_heartbeat(PG_GETARG_INT64(0));
    return Datum{0};
}
