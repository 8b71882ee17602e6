// Cron expressions for SQL.
#include <optional>

#include "core/schedule/cron.hpp"
#include "pg/boundary.hpp"
#include "pg/values.hpp"

extern "C" {
#include "utils/timestamp.h"
}

using namespace evolve;
using namespace evolve::pg;

namespace {

Datum slot_of(FunctionCallInfo fcinfo,
              std::optional<evolve::Timestamp> (*find)(const CronSchedule&, evolve::Timestamp)) {
    const CronSchedule schedule = parse_cron(text_arg(fcinfo, 0));
    const std::int64_t wall_clock = DatumGetTimestamp(fcinfo->args[1].value);
    std::optional<evolve::Timestamp> slot;
    if (!TIMESTAMP_NOT_FINITE(wall_clock)) slot = find(schedule, wall_clock + epoch_shift);
    fcinfo->isnull = !slot.has_value();
    return slot ? timestamp_datum(*slot) : Datum{0};
}

}  // namespace

EVOLVE_FUNCTION(_evolve_cron_slot) { return slot_of(fcinfo, latest_at_or_before); }

EVOLVE_FUNCTION(_evolve_cron_next) { return slot_of(fcinfo, next_after); }
