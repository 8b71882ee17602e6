// When a series trades, learnt from its own bars: no list of exchanges or holidays is kept anywhere.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/series/timeframe.hpp"

namespace evolve {

// Weekdays (Monday first), dates and hours are UTC.
struct Habits {
    std::array<std::size_t, 7> dates{};    // dates with bars
    std::array<std::size_t, 7> skipped{};  // dates without bars in absences of at most 4 dates: longer ones are holes
    std::array<std::size_t, 24> hours{};   // dates on which a bar covers this hour
    std::vector<std::size_t> bars_a_date;  // one entry for every date with bars
};

// ts ascending.
Habits observe_habits(std::span<const Timestamp> ts, Timeframe timeframe);

// The series has bars on more dates of this weekday than it skips.
inline bool is_open(const Habits& habits, std::size_t weekday) {
    return habits.dates[weekday] > 0 && habits.dates[weekday] >= habits.skipped[weekday];
}

// True when the series has Saturdays and skips no weekday as a habit. Currency markets open on Sunday evening but have
// no Saturday; bourses of countries with another weekend skip another day. A weekday that was never observed decides
// nothing.
bool trades_at_weekends(const Habits& habits);

// Hours of the day that a tenth or more of the dates with bars have: a few stray bars make no session.
std::size_t session_hours(const Habits& habits);

}  // namespace evolve
