// Times as text: everything that bar files write, and the one spelling that we write.
#pragma once

#include <string>
#include <string_view>

#include "core/series/bars.hpp"

namespace evolve {

// Which of the first two numbers of 03/04/2020 is the month. automatic: only when one of them is over 12 or both are
// equal.
enum class DateOrder { automatic, month_first, day_first };

enum class TimeFault {
    none,
    unreadable,   // no form below, or no date of the calendar
    ambiguous,    // 03/04/2020 without a date order
    out_of_range  // outside the years 1900 to 2200
};

struct TimeReading {
    Timestamp ts = 0;
    TimeFault fault = TimeFault::none;
};

// Reads, with blanks around it:
//   numbers: seconds, milliseconds, microseconds or nanoseconds since 1970-01-01 UTC, told apart by size (below 1e11,
//     1e14, 1e17, above), with or without a fraction; 8 digits that are a date are YYYYMMDD, 14 digits YYYYMMDDHHMMSS;
//   dates: 2020-10-01, 2020/10/01, 2020.10.01, 20201001 (before a time), 10/01/2020 (also with - or . and as `order`
//     says);
//   then optionally T, a comma or blanks and a time: 22:00, 22:00:05, 22:00:05.123, 2200, 220005, 10-PM, 10 PM,
//     10:30 PM; then optionally Z, UTC, GMT, +02, +0200 or +02:00.
// A time without a zone of its own is local time of the zone that is `offset_minutes` east of UTC.
TimeReading parse_timestamp(std::string_view text, DateOrder order, int offset_minutes);

// The order that a slashed date proves (13/04/2020: day_first), automatic when it proves none.
DateOrder proven_date_order(std::string_view text);

// 2020-10-01T22:00:00Z, with a fraction only when there is one. ts within the years 0 to 9999.
std::string format_timestamp(Timestamp ts);

}  // namespace evolve
