#include "core/series/series_check.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>

#include "core/base/number.hpp"
#include "core/series/calendar.hpp"
#include "core/series/gaps.hpp"
#include "core/series/habits.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

constexpr Timestamp minute = 60 * microseconds_per_second;
constexpr Timestamp hour = 60 * minute;
constexpr Timestamp day = microseconds_per_day;

constexpr double jump_factor = 5;          // a close this many times the one before, or its inverse
constexpr std::size_t flat_run_bars = 10;  // from this length on, bars that never move are worth a word
constexpr std::size_t rare_time = 5;       // a time of day this many times rarer than the commonest is an odd one
constexpr std::size_t settled_weeks = 3;   // openings of the week that must agree before they count as its habit

// The commonest of the values, the smallest of several; values not empty.
Timestamp commonest(std::vector<Timestamp> values) {
    std::sort(values.begin(), values.end());
    Timestamp best = values.front();
    std::size_t best_count = 0;
    for (std::size_t i = 0; i < values.size();) {
        std::size_t end = i;
        while (end < values.size() && values[end] == values[i]) ++end;
        if (end - i > best_count) {
            best = values[i];
            best_count = end - i;
        }
        i = end;
    }
    return best;
}

// "2h", "1d 12h", "5m 30s"
std::string length_text(Timestamp length) {
    struct Unit {
        Timestamp length;
        const char* name;
    };
    std::string text;
    for (const Unit& unit : {Unit{day, "d"}, Unit{hour, "h"}, Unit{minute, "m"}, Unit{microseconds_per_second, "s"}}) {
        if (length < unit.length) continue;
        text += (text.empty() ? "" : " ") + std::to_string(length / unit.length) + unit.name;
        length %= unit.length;
    }
    return text.empty() ? "less than a second" : text;
}

// True when this spacing is what neighbouring bars of the timeframe have.
bool is_spacing_of(Timestamp spacing, Timeframe timeframe) {
    const Timestamp length = seconds(timeframe) * microseconds_per_second;
    if (timeframe == Timeframe::mo1) return spacing >= 28 * day && spacing <= 31 * day;
    // Clocks that change twice a year make days of 23 and 25 hours.
    if (timeframe == Timeframe::d1 || timeframe == Timeframe::w1) {
        return spacing >= length - hour && spacing <= length + hour;
    }
    return spacing == length;
}

struct Series {
    BarsView bars;
    Timeframe timeframe;
    std::span<const std::size_t> lines;
    Findings& findings;

    std::size_t line(std::size_t bar) const { return lines.empty() ? bar + 1 : lines[bar]; }
};

// True when the bars are of another timeframe than they are said to be.
bool report_mismatch(const Series& series) {
    const std::span<const Timestamp> ts = series.bars.ts;
    if (ts.size() < 3) return false;
    std::vector<Timestamp> spacings(ts.size() - 1);
    for (std::size_t i = 1; i < ts.size(); ++i) spacings[i - 1] = ts[i] - ts[i - 1];
    const Timestamp usual = commonest(spacings);
    if (is_spacing_of(usual, series.timeframe)) return false;
    const auto rows = static_cast<std::size_t>(std::count(spacings.begin(), spacings.end(), usual));
    series.findings.add_single(
        FindingKind::timeframe_mismatch, 0, rows,
        "bars are usually " + length_text(usual) + " apart, not " + std::string(to_string(series.timeframe)));
    return true;
}

// Below a day bars begin on the grid.
void report_off_grid(const Series& series) {
    const std::span<const Timestamp> ts = series.bars.ts;
    std::vector<Timestamp> offsets(ts.size());
    for (std::size_t i = 0; i < ts.size(); ++i) offsets[i] = ts[i] - bar_start(ts[i], series.timeframe);
    const auto same = std::count(offsets.begin(), offsets.end(), offsets.front());
    const std::string name(to_string(series.timeframe));
    if (offsets.front() != 0 && same == static_cast<std::ptrdiff_t>(ts.size())) {
        series.findings.add_single(FindingKind::misaligned, 0, ts.size(),
                                   "every bar begins " + length_text(offsets.front()) + " after a multiple of " + name +
                                       " since midnight UTC");
        return;
    }
    for (std::size_t i = 0; i < ts.size(); ++i) {
        if (offsets[i] == 0) continue;
        series.findings.add(FindingKind::misaligned, series.line(i), 1, [&] {
            return format_timestamp(ts[i]) + " is not a multiple of " + name + " since midnight UTC";
        });
    }
}

// Days, weeks and months may begin at any time of day, and at two where clocks change, but not at a rare one; a day,
// week or month has one bar.
void report_odd_times(const Series& series) {
    const std::span<const Timestamp> ts = series.bars.ts;
    std::map<Timestamp, std::size_t> times_of_day;
    std::size_t most = 0;
    for (const Timestamp at : ts) most = std::max(most, ++times_of_day[at - date_of(at) * day]);
    for (std::size_t i = 0; i < ts.size(); ++i) {
        const bool second = i > 0 && bar_start(ts[i], series.timeframe) == bar_start(ts[i - 1], series.timeframe);
        const bool rare = times_of_day[ts[i] - date_of(ts[i]) * day] * rare_time < most;
        if (!second && !rare) continue;
        series.findings.add(FindingKind::misaligned, series.line(i), 1, [&] {
            if (second)
                return format_timestamp(ts[i]) + " is a second bar of its " + std::string(to_string(series.timeframe));
            return format_timestamp(ts[i]) + " has another time of day than most bars";
        });
    }
}

void report_misaligned(const Series& series) {
    if (series.bars.empty()) return;
    if (seconds(series.timeframe) < 86'400) {
        report_off_grid(series);
    } else {
        report_odd_times(series);
    }
}

struct Opening {
    Timestamp of_week;  // time since Monday 00:00
    std::size_t bar;
};

// The first bar after each closure of one to four days.
std::vector<Opening> openings_of_weeks(std::span<const Timestamp> ts) {
    std::vector<Opening> openings;
    for (std::size_t i = 1; i < ts.size(); ++i) {
        const Timestamp closed = ts[i] - ts[i - 1];
        if (closed >= day && closed <= 4 * day) openings.push_back({ts[i] - week_start(ts[i]), i});
    }
    return openings;
}

std::string week_time(Timestamp of_week) {
    constexpr std::array<const char*, 7> names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                               "Friday", "Saturday", "Sunday"};
    const std::string clock = format_timestamp(of_week % day);  // 1970-01-01T17:00:00Z
    return std::string(names[static_cast<std::size_t>(of_week / day)]) + " " + clock.substr(11, 5);
}

// Clocks of one hour more or less around the usual dates are the exchange's, not the file's.
bool is_daylight_saving(Timestamp shift, Timestamp at) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{date_of(at)}}};
    const auto month = static_cast<unsigned>(date.month());
    return (shift == hour || shift == -hour) && (month == 3 || month == 4 || month == 10 || month == 11);
}

// A market that closes at weekends opens its week at one time; when the opening moves by whole hours and stays there,
// the file's clock has changed.
void report_timezone_shifts(const Series& series) {
    const std::span<const Timestamp> ts = series.bars.ts;
    if (seconds(series.timeframe) > 3600 || trades_at_weekends(observe_habits(ts, series.timeframe))) return;
    std::optional<Timestamp> habit;
    std::size_t first_astray = 0;  // bar of the first opening since the last one that kept the habit
    bool astray = false;
    Timestamp candidate = 0;
    std::size_t agreeing = 0;
    for (const Opening& opening : openings_of_weeks(ts)) {
        agreeing = agreeing > 0 && opening.of_week == candidate ? agreeing + 1 : 1;
        candidate = opening.of_week;
        if (habit == candidate) {
            astray = false;
        } else if (!astray) {
            astray = true;
            first_astray = opening.bar;
        }
        if (agreeing < settled_weeks || habit == candidate) continue;
        const Timestamp shift = candidate - habit.value_or(candidate);
        if (shift != 0 && shift % hour == 0 && !is_daylight_saving(shift, ts[opening.bar])) {
            const std::string moved = std::to_string(shift / hour);
            series.findings.add(FindingKind::timezone_shift, series.line(first_astray), ts.size() - first_astray, [&] {
                return "from " + format_timestamp(ts[first_astray]) + " on the week's opening moves from " +
                       week_time(*habit) + " to " + week_time(candidate) + " UTC (" + (shift > 0 ? "+" : "") + moved +
                       " h)";
            });
        }
        habit = candidate;
        astray = false;
    }
}

void report_jumps(const Series& series) {
    const std::span<const double> close = series.bars.close;
    for (std::size_t i = 1; i < close.size(); ++i) {
        if (close[i] <= close[i - 1] * jump_factor && close[i - 1] <= close[i] * jump_factor) continue;
        series.findings.add(FindingKind::jump, series.line(i), 1, [&] {
            return format_timestamp(series.bars.ts[i]) + ": close " + format_number(close[i]) + " after " +
                   format_number(close[i - 1]);
        });
    }
}

void report_flat_runs(const Series& series) {
    const BarsView& bars = series.bars;
    const auto is_flat = [&](std::size_t i) {
        return bars.volume[i] == 0 && bars.high[i] == bars.low[i] && bars.open[i] == bars.close[i];
    };
    std::vector<RankedFinding> runs;
    for (std::size_t i = 0; i < bars.size();) {
        std::size_t end = i + 1;
        if (is_flat(i)) {
            while (end < bars.size() && is_flat(end) && bars.close[end] == bars.close[i]) ++end;
            if (end - i >= flat_run_bars) runs.push_back({i, end - 1, end - i});
        }
        i = end;
    }
    add_largest(series.findings, FindingKind::flat_run, runs, series.lines, [&](const RankedFinding& run) {
        return std::to_string(run.rows) + " bars at " + format_number(bars.close[run.first]) +
               " without volume, from " + format_timestamp(bars.ts[run.first]) + " to " +
               format_timestamp(bars.ts[run.last]);
    });
}

}  // namespace

void check_series(BarsView bars, Timeframe timeframe, std::span<const std::size_t> lines, Findings& findings,
                  const Control& control) {
    if (!bars.empty()) {
        findings.add_single(FindingKind::accepted, 0, bars.size(),
                            format_timestamp(bars.ts.front()) + " to " + format_timestamp(bars.ts.back()));
    } else {
        findings.add_single(FindingKind::accepted, 0, 0, "no bar");
    }
    const Series series{bars, timeframe, lines, findings};
    // Against the wrong grid every bar would be astray and every spacing a gap: the mismatch says it all.
    if (!report_mismatch(series)) {
        control.check();
        report_misaligned(series);
        control.check();
        report_gaps(bars, timeframe, lines, findings, control);
        report_timezone_shifts(series);
    }
    control.check();
    report_jumps(series);
    report_flat_runs(series);
}

std::vector<Finding> series_report(BarsView bars, Timeframe timeframe, std::size_t max_details,
                                   const Control& control) {
    Findings findings(max_details, "bar");
    check_series(bars, timeframe, {}, findings, control);
    return findings.take();
}

}  // namespace evolve
