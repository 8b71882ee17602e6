#include "core/series/habits.hpp"

#include <algorithm>

#include "core/series/calendar.hpp"

namespace evolve {
namespace {

constexpr std::int64_t longest_closure = 4;  // dates: a weekend with a holiday on each side
constexpr Timestamp microseconds_per_hour = 3600 * microseconds_per_second;

void count_skipped(Habits& habits, std::int64_t before, std::int64_t after) {
    if (after - before - 1 > longest_closure) return;
    for (std::int64_t date = before + 1; date < after; ++date) ++habits.skipped[weekday_of(date)];
}

void count_hours(Habits& habits, std::uint32_t covered) {
    for (std::size_t hour = 0; hour < habits.hours.size(); ++hour) habits.hours[hour] += (covered >> hour) & 1u;
}

}  // namespace

Habits observe_habits(std::span<const Timestamp> ts, Timeframe timeframe) {
    Habits habits;
    const std::int64_t hours_a_bar = std::max<std::int64_t>(seconds(timeframe) / 3600, 1);
    std::uint32_t covered = 0;  // bit h: this date has a bar over hour h
    std::int64_t date = 0;
    for (const Timestamp at : ts) {
        const std::int64_t this_date = date_of(at);
        if (habits.bars_a_date.empty() || this_date != date) {
            if (!habits.bars_a_date.empty()) count_skipped(habits, date, this_date);
            count_hours(habits, covered);
            covered = 0;
            date = this_date;
            ++habits.dates[weekday_of(date)];
            habits.bars_a_date.push_back(0);
        }
        ++habits.bars_a_date.back();
        const std::int64_t first = (at - date * microseconds_per_day) / microseconds_per_hour;
        const std::int64_t end = std::min<std::int64_t>(first + hours_a_bar, 24);
        for (std::int64_t hour = first; hour < end; ++hour) covered |= 1u << hour;
    }
    count_hours(habits, covered);
    return habits;
}

bool trades_at_weekends(const Habits& habits) {
    constexpr std::size_t saturday = 5;
    for (std::size_t weekday = 0; weekday < 7; ++weekday) {
        if (habits.dates[weekday] < habits.skipped[weekday]) return false;
    }
    return habits.dates[saturday] > 0;
}

std::size_t session_hours(const Habits& habits) {
    const std::size_t all = habits.bars_a_date.size();
    std::size_t hours = 0;
    for (const std::size_t dates : habits.hours) {
        if (dates > 0 && dates * 10 >= all) ++hours;
    }
    return hours;
}

}  // namespace evolve
