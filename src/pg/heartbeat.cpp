#include "pg/heartbeat.hpp"

#include <atomic>
#include <chrono>
#include <cstring>

#include "pg/boundary.hpp"
#include "pg/values.hpp"

extern "C" {
#include "access/xact.h"
#include "pgstat.h"
#include "utils/guc.h"
}

namespace evolve::pg {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds interval{200};

// Of the thread that began it, which is the session's: those of the core have their own, where no heart beats.
thread_local bool beating = false;
thread_local Clock::time_point next_beat;

char work[NAMEDATALEN];
int begun_in = 0;  // the transaction's nesting level

// How far the work is. The names of parts are literals: a pointer can be handed from thread to thread.
std::atomic<const char*> part_now = nullptr;
std::atomic<std::size_t> part_done = 0, part_total = 0;
const char* part_shown = nullptr;
Clock::time_point part_since;

void stop() { beating = false; }

// The setting's own value comes back with the end of the transaction or subtransaction that set it.
void end_with_transaction(XactEvent event, void* /*argument*/) {
    if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT) stop();
}

void end_with_subtransaction(SubXactEvent event, SubTransactionId /*own*/, SubTransactionId /*parent*/,
                             void* /*argument*/) {
    if (event == SUBXACT_EVENT_ABORT_SUB && GetCurrentTransactionNestLevel() <= begun_in) stop();
    if (event == SUBXACT_EVENT_COMMIT_SUB && begun_in == GetCurrentTransactionNestLevel()) --begun_in;
}

void show() noexcept {
    char sign[NAMEDATALEN];
    const Clock::time_point now = Clock::now();
    next_beat = now + interval;
    const char* const part = part_now.load();
    if (part == nullptr) {
        const auto alive = std::chrono::system_clock::now().time_since_epoch();
        snprintf(sign, sizeof sign, "%s, alive %lld", work,
                 static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(alive).count()));
    } else {
        if (part != part_shown) part_since = now;
        part_shown = part;
        const auto seconds =
            static_cast<long long>(std::chrono::duration_cast<std::chrono::seconds>(now - part_since).count());
        const std::size_t total = part_total.load();
        if (total > 0)
            snprintf(sign, sizeof sign, "%s, %s %zu/%zu %llds", work, part, part_done.load(), total, seconds);
        else
            snprintf(sign, sizeof sign, "%s, %s %llds", work, part, seconds);
    }
    pgstat_report_appname(sign);  // raises nothing
}

}  // namespace

void begin_heartbeat(std::string_view of_work) {
    static const bool registered = [] {
        call([] {
            RegisterXactCallback(end_with_transaction, nullptr);
            RegisterSubXactCallback(end_with_subtransaction, nullptr);
        });
        return true;
    }();
    static_cast<void>(registered);
    if (beating) return;
    // Room for what follows the name, and ASCII alone: sessions of databases in other encodings read it too.
    snprintf(work, NAMEDATALEN - 20, "pg_evolve %.*s", static_cast<int>(of_work.size()), of_work.data());
    for (char* c = work; *c != '\0'; ++c) {
        if (*c < ' ' || *c > '~') *c = '?';
    }
    call([] {
        (void)set_config_option("application_name", work, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
        begun_in = GetCurrentTransactionNestLevel();
    });
    part_now = nullptr;
    part_shown = nullptr;
    beating = true;
    show();
}

void tell(const char* part, std::size_t done, std::size_t total) noexcept {
    part_done = done;
    part_total = total;
    part_now = part;
}

void enter(const char* part) noexcept {
    if (!beating) return;
    tell(part, 0, 0);
    show();
}

void beat() noexcept {
    if (beating && Clock::now() >= next_beat) show();
}

}  // namespace evolve::pg

using namespace evolve::pg;

EVOLVE_FUNCTION(_evolve_begin_heartbeat) {
    begin_heartbeat(text_arg(fcinfo, 0));
    return Datum{0};
}
