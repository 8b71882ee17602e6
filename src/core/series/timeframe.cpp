#include "core/series/timeframe.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "core/series/calendar.hpp"
#include "core/series/habits.hpp"

namespace evolve {
namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t week = 7 * day;
constexpr std::int64_t month = 30 * day;

constexpr std::array timeframes{Timeframe::m1, Timeframe::m5, Timeframe::m15, Timeframe::m30, Timeframe::h1,
                                Timeframe::h4, Timeframe::d1, Timeframe::w1,  Timeframe::mo1};
constexpr std::array<std::string_view, timeframes.size()> names{"1m", "5m", "15m", "30m", "1h",
                                                                "4h", "1d", "1w",  "1mo"};
constexpr std::array<std::int64_t, timeframes.size()> lengths{minute,   5 * minute, 15 * minute, 30 * minute, hour,
                                                              4 * hour, day,        week,        month};

// Seconds of one unit of a timeframe as people write it, in lower case; 0 when it is none.
std::int64_t unit_seconds(std::string_view unit) {
    struct Unit {
        std::string_view name;
        std::int64_t seconds;
    };
    static constexpr Unit units[] = {
        {"m", minute},      {"min", minute},  {"mins", minute}, {"minute", minute}, {"minutes", minute},
        {"t", minute},      {"h", hour},      {"hr", hour},     {"hrs", hour},      {"hour", hour},
        {"hours", hour},    {"hourly", hour}, {"d", day},       {"day", day},       {"days", day},
        {"daily", day},     {"w", week},      {"wk", week},     {"week", week},     {"weeks", week},
        {"weekly", week},   {"mo", month},    {"mn", month},    {"month", month},   {"months", month},
        {"monthly", month},
    };
    for (const Unit& entry : units) {
        if (entry.name == unit) return entry.seconds;
    }
    return 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

double median(std::vector<std::size_t> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    const auto upper = static_cast<double>(values[half]);
    return values.size() % 2 == 1 ? upper : (static_cast<double>(values[half - 1]) + upper) / 2;
}

}  // namespace

std::span<const Timeframe> all_timeframes() { return timeframes; }

std::string_view to_string(Timeframe timeframe) { return names[static_cast<std::size_t>(timeframe)]; }

std::int64_t seconds(Timeframe timeframe) { return lengths[static_cast<std::size_t>(timeframe)]; }

// A count and a unit in either order ("15m", "M15", "15 min", "60m", "1D"), or a unit alone ("D", "hourly").
std::optional<Timeframe> parse_timeframe(std::string_view text) {
    if (text == "1M") return Timeframe::mo1;
    std::string unit;
    std::int64_t count = 0;
    bool has_count = false, in_count = false;
    for (const char c : text) {
        if (c == ' ' || c == '_' || c == '-') {
            in_count = false;
        } else if (is_digit(c)) {
            if ((has_count && !in_count) || count > 100'000) return std::nullopt;
            has_count = in_count = true;
            count = count * 10 + (c - '0');
        } else {
            in_count = false;
            unit += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    if (!has_count && (unit == "m" || unit == "t")) return std::nullopt;  // minute or month: not for us to guess
    const std::int64_t one = unit_seconds(unit);
    // Months are no multiple of days: 30d is not 1mo.
    if (one == month) return !has_count || count == 1 ? std::optional(Timeframe::mo1) : std::nullopt;
    const std::int64_t wanted = one * (has_count ? count : 1);
    for (const Timeframe timeframe : timeframes) {
        if (timeframe != Timeframe::mo1 && seconds(timeframe) == wanted) return timeframe;
    }
    return std::nullopt;
}

bool divides(Timeframe fine, Timeframe coarse) {
    // Every length up to a day divides every longer one; weeks straddle the edges of months.
    return fine < coarse && fine != Timeframe::w1;
}

Timestamp bar_start(Timestamp ts, Timeframe timeframe) {
    if (timeframe == Timeframe::mo1) {
        using namespace std::chrono;
        const sys_days date{days{date_of(ts)}};
        const year_month_day civil{date};
        return sys_days{civil.year() / civil.month() / 1}.time_since_epoch().count() * microseconds_per_day;
    }
    if (timeframe == Timeframe::w1) return week_start(ts);
    const Timestamp length = seconds(timeframe) * microseconds_per_second;
    return floor_divide(ts, length) * length;
}

Bars resample(BarsView fine, Timeframe to) {
    Bars out;
    for (std::size_t i = 0; i < fine.size(); ++i) {
        const Timestamp start = bar_start(fine.ts[i], to);
        if (out.empty() || out.ts.back() != start) {
            out.push_back({start, fine.open[i], fine.high[i], fine.low[i], fine.close[i], fine.volume[i]});
            continue;
        }
        out.high.back() = std::max(out.high.back(), fine.high[i]);
        out.low.back() = std::min(out.low.back(), fine.low[i]);
        out.close.back() = fine.close[i];
        out.volume.back() += fine.volume[i];  // in the order of time: the sum's rounding is part of the result
    }
    return out;
}

// The rule, with dates and hours in UTC:
//   1w: 52. 1mo: 12.
//   weekend series (trades_at_weekends in habits.hpp): 365 · the timeframe's bars in 24 h.
//   1d otherwise: 252.
//   below 1d: 260 · the timeframe's bars in 24 h when the session has at least 23 hours (session_hours in
//     habits.hpp), else 252 · the median, over the dates that have bars, of the number of bars on a date.
//   Fewer than 2 bars tell nothing: 252 · the timeframe's bars in 24 h.
double periods_per_year(BarsView bars, Timeframe timeframe) {
    if (timeframe == Timeframe::w1) return 52;
    if (timeframe == Timeframe::mo1) return 12;
    const std::int64_t whole_bars = day / seconds(timeframe);
    const auto bars_a_day = static_cast<double>(whole_bars);
    if (bars.size() < 2) return 252 * bars_a_day;
    const Habits habits = observe_habits(bars.ts, timeframe);
    if (trades_at_weekends(habits)) return 365 * bars_a_day;
    if (timeframe == Timeframe::d1) return 252;
    if (session_hours(habits) >= 23) return 260 * bars_a_day;
    return 252 * median(habits.bars_a_date);
}

}  // namespace evolve
