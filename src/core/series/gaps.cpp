#include "core/series/gaps.hpp"

#include <chrono>
#include <string>

#include "core/series/calendar.hpp"
#include "core/series/habits.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

constexpr Timestamp week = 7 * microseconds_per_day;

bool trades_around_the_clock(const Habits& habits, Timeframe timeframe) {
    return trades_at_weekends(habits) && (timeframe == Timeframe::d1 || session_hours(habits) >= 23);
}

std::int64_t months_of(Timestamp ts) {
    using namespace std::chrono;
    const year_month_day date{sys_days{days{date_of(ts)}}};
    return static_cast<int>(date.year()) * 12 + static_cast<std::int64_t>(static_cast<unsigned>(date.month()));
}

// Bars of the timeframe that have room between two, whatever the time of the week.
std::size_t room_between(Timestamp before, Timestamp after, Timeframe timeframe) {
    std::int64_t steps = 0;
    if (timeframe == Timeframe::mo1) {
        steps = months_of(after) - months_of(before);
    } else {
        const Timestamp length = seconds(timeframe) * microseconds_per_second;
        steps = (after - before + length / 2) / length;  // rounded: days of 25 hours miss nothing
        // Nor does a day whose bar is late.
        if (timeframe == Timeframe::d1) steps = std::min(steps, date_of(after) - date_of(before));
    }
    return steps > 1 ? static_cast<std::size_t>(steps - 1) : 0;
}

// The week cut into slots of a timeframe of at most a day, and which of them usually have a bar.
class UsualWeek {
public:
    UsualWeek(std::span<const Timestamp> ts, Timeframe timeframe, const Habits& habits)
        : length_(seconds(timeframe) * microseconds_per_second) {
        const auto slots = static_cast<std::size_t>(week / length_);
        std::vector<std::size_t> filled(slots, 0);
        std::int64_t last = -1;
        for (const Timestamp at : ts) {
            const std::int64_t slot = slot_of(at);
            if (slot != last) ++filled[static_cast<std::size_t>(slot % static_cast<std::int64_t>(slots))];
            last = slot;
        }
        before_.resize(slots + 1, 0);
        std::size_t open_days = 0;
        for (std::size_t slot = 0; slot < slots; ++slot) {
            const std::size_t weekday = slot * 7 / slots;
            const bool usual = is_open(habits, weekday) && filled[slot] * 4 >= habits.dates[weekday] * 3;
            before_[slot + 1] = before_[slot] + (usual ? 1 : 0);
            const bool last_of_day = (slot + 1) * 7 / slots != weekday;
            if (last_of_day && before_[slot + 1] > before_[weekday * slots / 7]) ++open_days;
        }
        average_day_ = open_days == 0 ? 0 : (before_.back() + open_days - 1) / open_days;
    }

    // Usual slots strictly between the slots of two bars.
    std::size_t between(Timestamp before, Timestamp after) const {
        return usual_until(slot_of(after)) - usual_until(slot_of(before) + 1);
    }
    std::size_t average_day() const { return average_day_; }

private:
    // Slots since Monday 1899-12-25, before every bar: never negative.
    std::int64_t slot_of(Timestamp ts) const { return (ts + 25'574 * microseconds_per_day) / length_; }
    std::size_t usual_until(std::int64_t slot) const {
        const auto slots = static_cast<std::int64_t>(before_.size()) - 1;
        return static_cast<std::size_t>(slot / slots) * before_.back() +
               before_[static_cast<std::size_t>(slot % slots)];
    }

    Timestamp length_;
    std::vector<std::size_t> before_{};  // usual slots of the week before each slot
    std::size_t average_day_ = 0;        // usual slots of a weekday that has any
};

std::string missing_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " bar is missing" : " bars are missing");
}

void report_holidays(BarsView bars, const std::vector<RankedFinding>& pauses, std::span<const std::size_t> lines,
                     Findings& findings) {
    if (pauses.empty()) return;
    std::size_t rows = 0;
    std::string dates;
    std::size_t listed = 0;
    for (const RankedFinding& pause : pauses) {
        rows += pause.rows;
        if (listed++ >= findings.max_details()) continue;
        dates += (listed == 1 ? "" : ", ") + format_timestamp(bars.ts[pause.last]).substr(0, 10);
    }
    std::string detail = std::to_string(pauses.size()) + " pauses of up to two days";
    if (!dates.empty()) detail += ", after " + dates + (listed > findings.max_details() ? ", ..." : "");
    const std::size_t first = pauses.front().first;
    findings.add_single(FindingKind::holiday, lines.empty() ? first + 1 : lines[first], rows, std::move(detail));
}

}  // namespace

void report_gaps(BarsView bars, Timeframe timeframe, std::span<const std::size_t> lines, Findings& findings,
                 const Control& control) {
    if (bars.size() < 2) return;
    const bool long_bars = seconds(timeframe) > 86'400;
    const Habits habits = long_bars ? Habits{} : observe_habits(bars.ts, timeframe);
    const bool always = long_bars || trades_around_the_clock(habits, timeframe);
    // Weeks and months have no times of the week: any timeframe will do for the table that is not used.
    const UsualWeek usual(always ? bars.ts.first(0) : bars.ts, always ? Timeframe::d1 : timeframe, habits);
    std::vector<RankedFinding> gaps, pauses;
    for (std::size_t i = 1; i < bars.size(); ++i) {
        if (i % bars_per_poll == 0) control.check();
        const Timestamp before = bars.ts[i - 1], after = bars.ts[i];
        std::size_t missing = room_between(before, after, timeframe);
        if (missing > 0 && !always) missing = usual.between(before, after);
        if (missing == 0) continue;
        const std::size_t day = usual.average_day();
        const bool holiday = !always && missing * 4 >= day * 3 && missing <= day * 2;
        (holiday ? pauses : gaps).push_back({i, i - 1, missing});
    }
    add_largest(findings, FindingKind::gap, gaps, lines, [&](const RankedFinding& gap) {
        return missing_text(gap.rows) + " between " + format_timestamp(bars.ts[gap.last]) + " and " +
               format_timestamp(bars.ts[gap.first]);
    });
    report_holidays(bars, pauses, lines, findings);
}

}  // namespace evolve
