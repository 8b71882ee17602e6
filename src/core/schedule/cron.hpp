// Cron expressions: five fields, on a clock that the caller chooses. Times are wall-clock fields counted as if they
// were UTC; time zones are the caller's matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/series/bars.hpp"

namespace evolve {

// One bit for each value that a field allows.
struct CronSchedule {
    std::uint64_t minutes = 0;  // 0 to 59
    std::uint32_t hours = 0;    // 0 to 23
    std::uint32_t days = 0;     // 1 to 31
    std::uint16_t months = 0;   // 1 to 12
    std::uint8_t weekdays = 0;  // 0 to 6, Sunday is 0
    bool either_day = false;    // both day fields restrict: a date that fits one of them is enough
};

// Reads "minute hour day month weekday": each *, a number, a range 1-5, either with a step (*/8, 10-50/20), or a list
// of those; months and weekdays also by their English names of three letters; Sunday is 0 or 7; 30/5 means 30-59/5. Or
// one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. As in cron, when neither day field begins
// with
// * a date that fits either of them counts. Throws syntax_error for what cannot be read, out_of_range for a number
// outside its field, invalid_option for a date that no year has.
CronSchedule parse_cron(std::string_view text);

// The latest and the next slot; nothing outside the years 1 to 9999.
std::optional<Timestamp> latest_at_or_before(const CronSchedule& schedule, Timestamp ts);
std::optional<Timestamp> next_after(const CronSchedule& schedule, Timestamp ts);

}  // namespace evolve
