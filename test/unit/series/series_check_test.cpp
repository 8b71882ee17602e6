#include "core/series/series_check.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "core/series/timestamp.hpp"
#include "series/import_support.hpp"

namespace evolve {
namespace {

using test::count_of;
using test::finding_of;
using test::rows_of;
using test::summary;

constexpr Timestamp minute = 60 * microseconds_per_second;
constexpr Timestamp hour = 60 * minute;
constexpr Timestamp day = microseconds_per_day;
constexpr Timestamp monday = 18'267 * day;  // 2020-01-06

struct Maker {
    Bars bars{};
    double price = 100;

    void add(Timestamp ts) {
        price = price > 100 ? 99.5 : 100.5;
        bars.push_back({ts, 100, 101, 99, price, 10});
    }
};

// Every step of `length` from `start` on, where keep says so.
Bars made(Timestamp start, Timestamp length, std::size_t count, const std::function<bool(std::size_t)>& keep) {
    Maker maker;
    for (std::size_t i = 0; i < count; ++i) {
        if (keep(i)) maker.add(start + static_cast<Timestamp>(i) * length);
    }
    return maker.bars;
}

bool always(std::size_t) { return true; }

std::vector<Finding> report(const Bars& bars, Timeframe timeframe) {
    return series_report(bars.view(), timeframe, 20, Control{});
}

TEST(SeriesReport, NothingToSay) {
    EXPECT_EQ(summary(report({}, Timeframe::d1)), "accepted 0");
    EXPECT_EQ(finding_of(report({}, Timeframe::d1), FindingKind::accepted).detail, "no bar");
    for (const Timeframe timeframe : all_timeframes()) {
        if (timeframe == Timeframe::mo1) continue;
        const Bars bars = made(monday, seconds(timeframe) * microseconds_per_second, 500, always);
        EXPECT_EQ(summary(report(bars, timeframe)), "accepted 500") << to_string(timeframe);
    }
    const Bars months = resample(made(monday, day, 1000, always).view(), Timeframe::mo1);
    EXPECT_EQ(summary(report(months, Timeframe::mo1)), "accepted 34");
}

TEST(Mismatch, TheCommonestSpacingDecides) {
    const Bars bars = made(monday, hour, 500, always);
    const std::vector<Finding> as_4h = report(bars, Timeframe::h4);
    EXPECT_EQ(summary(as_4h), "accepted 500, timeframe_mismatch 499") << "gaps and grid make no sense then";
    EXPECT_EQ(finding_of(as_4h, FindingKind::timeframe_mismatch).detail, "bars are usually 1h apart, not 4h");
    EXPECT_EQ(count_of(report(bars, Timeframe::m1), FindingKind::timeframe_mismatch), 1u);
    // A session of two bars of four hours has as many nights as spacings within.
    const Bars sessions = made(monday, 4 * hour, 600, [](std::size_t i) { return i % 6 == 3 || i % 6 == 4; });
    EXPECT_EQ(count_of(report(sessions, Timeframe::h4), FindingKind::timeframe_mismatch), 0u);
    // Two bars show no habit.
    EXPECT_EQ(count_of(report(made(monday, hour, 2, always), Timeframe::d1), FindingKind::timeframe_mismatch), 0u);
}

TEST(Mismatch, DaysOfTwentyThreeHoursAreDays) {
    const Bars bars = made(monday, 23 * hour, 10, always);
    EXPECT_EQ(count_of(report(bars, Timeframe::d1), FindingKind::timeframe_mismatch), 0u);
    EXPECT_EQ(count_of(report(made(monday, 20 * hour, 10, always), Timeframe::d1), FindingKind::timeframe_mismatch),
              1u);
}

TEST(Misaligned, BarsOffTheGrid) {
    Bars bars = made(monday, hour, 100, always);
    bars.ts[50] += 7 * minute;
    const std::vector<Finding> found = report(bars, Timeframe::h1);
    EXPECT_EQ(rows_of(found, FindingKind::misaligned), 1u);
    EXPECT_EQ(finding_of(found, FindingKind::misaligned).line, 51u);
    EXPECT_EQ(finding_of(found, FindingKind::misaligned).detail,
              "2020-01-08T02:07:00Z is not a multiple of 1h since midnight UTC");
    const std::vector<Finding> all = report(made(monday + 30 * minute, hour, 100, always), Timeframe::h1);
    EXPECT_EQ(summary(all), "accepted 100, misaligned 100");
    EXPECT_EQ(count_of(all, FindingKind::misaligned), 1u) << "one finding for one habit";
    EXPECT_EQ(finding_of(all, FindingKind::misaligned).detail,
              "every bar begins 30m after a multiple of 1h since midnight UTC");
}

TEST(Misaligned, DaysHaveATimeOfDay) {
    EXPECT_EQ(summary(report(made(monday + 14 * hour + 30 * minute, day, 100, always), Timeframe::d1)), "accepted 100");
    // Midnight in New York: 5:00 in winter, 4:00 in summer.
    Bars seasons = made(monday + 5 * hour, day, 300, always);
    for (std::size_t i = 60; i < 240; ++i) seasons.ts[i] -= hour;
    EXPECT_EQ(summary(report(seasons, Timeframe::d1)), "accepted 300");
    // The last row of some files is the present price at its own time.
    Bars present = made(monday, day, 100, always);
    present.ts[99] += 15 * hour;
    const std::vector<Finding> odd = report(present, Timeframe::d1);
    EXPECT_EQ(summary(odd), "accepted 100, misaligned 1");
    EXPECT_EQ(finding_of(odd, FindingKind::misaligned).detail,
              "2020-04-14T15:00:00Z has another time of day than most bars");
    Bars twice = made(monday, day, 100, always);
    twice.push_back({twice.ts.back() + 15 * hour, 100, 101, 99, 100, 1});
    EXPECT_EQ(finding_of(report(twice, Timeframe::d1), FindingKind::misaligned).detail,
              "2020-04-14T15:00:00Z is a second bar of its 1d");
}

TEST(Gaps, AroundTheClockEveryBarCounts) {
    const Bars bars = made(monday, hour, 24 * 30, [](std::size_t i) { return i != 100 && (i < 300 || i > 349); });
    const std::vector<Finding> found = report(bars, Timeframe::h1);
    EXPECT_EQ(summary(found), "accepted 669, gap 51");
    EXPECT_EQ(finding_of(found, FindingKind::gap).detail,
              "1 bar is missing between 2020-01-10T03:00:00Z and 2020-01-10T05:00:00Z");
    EXPECT_EQ(finding_of(found, FindingKind::gap).line, 101u) << "the bar after the gap";
    EXPECT_EQ(finding_of(found, FindingKind::gap, 1).rows, 50u);
    const Bars days = made(monday, day, 100, [](std::size_t i) { return i != 50; });
    EXPECT_EQ(summary(report(days, Timeframe::d1)), "accepted 99, gap 1");
}

TEST(Gaps, TheLargestAreListedInTheOrderOfTime) {
    const Bars bars = made(monday, hour, 24 * 60, [](std::size_t i) {
        return i % 48 != 5 && !(i > 500 && i < 510) && !(i > 1000 && i < 1020);
    });
    const std::vector<Finding> found = series_report(bars.view(), Timeframe::h1, 2, Control{});
    ASSERT_EQ(count_of(found, FindingKind::gap), 3u);
    EXPECT_EQ(finding_of(found, FindingKind::gap, 0).rows, 9u);
    EXPECT_EQ(finding_of(found, FindingKind::gap, 1).rows, 19u);
    EXPECT_EQ(finding_of(found, FindingKind::gap, 2).rows, 29u);
    EXPECT_EQ(rows_of(found, FindingKind::gap) + bars.size(), 24u * 60);
}

bool weekday(std::size_t date) { return date % 7 < 5; }

TEST(Gaps, NightsWeekendsAndHolidaysAreHabits) {
    // Hours 14 to 20 on weekdays; the third Monday is a holiday, and so are two days in a row later.
    const auto session = [](std::size_t i) {
        const std::size_t date = i / 24, h = i % 24;
        return weekday(date) && h >= 14 && h < 21 && date != 14 && date != 29 && date != 30;
    };
    const std::vector<Finding> found = report(made(monday, hour, 24 * 70, session), Timeframe::h1);
    EXPECT_EQ(summary(found), "accepted 329, holiday 21");
    EXPECT_EQ(finding_of(found, FindingKind::holiday).detail,
              "2 pauses of up to two days, after 2020-01-17, 2020-02-03");
    // The same without three hours of one day and without three days in a row.
    const auto holes = [&](std::size_t i) {
        return session(i) && (i < 24 * 9 + 15 || i > 24 * 9 + 17) && (i / 24 < 43 || i / 24 > 45);
    };
    const std::vector<Finding> worse = report(made(monday, hour, 24 * 70, holes), Timeframe::h1);
    EXPECT_EQ(summary(worse), "accepted 305, gap 24, holiday 21");
    EXPECT_EQ(finding_of(worse, FindingKind::gap).detail,
              "3 bars are missing between 2020-01-15T14:00:00Z and 2020-01-15T18:00:00Z");
    EXPECT_EQ(finding_of(worse, FindingKind::gap, 1).rows, 21u);
}

TEST(Gaps, DaysOfABourse) {
    const auto holiday = [](std::size_t date) { return date == 14 || date == 93 || date == 94; };
    const auto hole = [](std::size_t date) { return date >= 140 && date < 143; };
    const Bars bars = made(monday, day, 364, [&](std::size_t i) { return weekday(i) && !holiday(i) && !hole(i); });
    EXPECT_EQ(summary(report(bars, Timeframe::d1)), "accepted 254, gap 3, holiday 3");
}

TEST(Gaps, WeeksAndMonths) {
    const Bars weeks = made(monday, 7 * day, 50, [](std::size_t i) { return i != 20 && i != 21; });
    EXPECT_EQ(summary(report(weeks, Timeframe::w1)), "accepted 48, gap 2");
    Bars months = resample(made(monday, day, 1000, always).view(), Timeframe::mo1);
    Bars holed;
    for (std::size_t i = 0; i < months.size(); ++i) {
        if (i != 10) holed.push_back(test::bar_at(months, i));
    }
    EXPECT_EQ(summary(report(holed, Timeframe::mo1)), "accepted 33, gap 1");
}

// A market that closes from Friday 22:00 to Sunday 22:00, seen through a clock that is `offset` hours off.
Bars currencies(std::size_t weeks, const std::function<int(std::size_t)>& offset, Timestamp start = monday) {
    Maker maker;
    for (std::size_t week = 0; week < weeks; ++week) {
        for (int h = -2; h < 5 * 24 - 2; ++h) {
            maker.add(start + static_cast<Timestamp>(week) * 7 * day + (h + offset(week)) * hour);
        }
    }
    return maker.bars;
}

TEST(TimezoneShift, AMovedClockIsSeen) {
    const std::vector<Finding> found =
        report(currencies(20, [](std::size_t week) { return week < 8 ? 0 : -5; }), Timeframe::h1);
    ASSERT_EQ(count_of(found, FindingKind::timezone_shift), 1u);
    EXPECT_EQ(finding_of(found, FindingKind::timezone_shift).line, 8u * 120 + 1);
    EXPECT_EQ(finding_of(found, FindingKind::timezone_shift).rows, 12u * 120);
    EXPECT_EQ(finding_of(found, FindingKind::timezone_shift).detail,
              "from 2020-03-01T17:00:00Z on the week's opening moves from Sunday 22:00 to Sunday 17:00 UTC (-5 h)");
    // There and back.
    EXPECT_EQ(count_of(report(currencies(20, [](std::size_t week) { return week / 7 == 1 ? 3 : 0; }), Timeframe::h1),
                       FindingKind::timezone_shift),
              2u);
}

TEST(TimezoneShift, SummerTimeAndSingleWeeksAreNone) {
    const auto shifts = [](const std::function<int(std::size_t)>& offset, Timestamp start = monday) {
        return count_of(report(currencies(20, offset, start), Timeframe::h1), FindingKind::timezone_shift);
    };
    // Week 9 begins on 2020-03-09: clocks of New York changed the day before.
    EXPECT_EQ(shifts([](std::size_t week) { return week < 9 ? 0 : -1; }), 0u);
    // One hour in February is no summer time.
    EXPECT_EQ(shifts([](std::size_t week) { return week < 5 ? 0 : -1; }), 1u);
    // A late opening or two are no new habit.
    EXPECT_EQ(shifts([](std::size_t week) { return week == 8 || week == 9 ? 4 : 0; }), 0u);
    // Before there is a habit nothing can move.
    EXPECT_EQ(shifts([](std::size_t week) { return week < 2 ? 4 : 0; }), 0u);
}

TEST(Jump, AboveAFactorOfFive) {
    Bars bars;
    const auto add = [&](double close) {
        bars.push_back({monday + static_cast<Timestamp>(bars.size()) * day, close, close, close, close, 1});
    };
    for (const double close : {10.0, 50.0, 10.0, 50.5, 10.0}) add(close);
    const std::vector<Finding> found = report(bars, Timeframe::d1);
    ASSERT_EQ(rows_of(found, FindingKind::jump), 2u);
    EXPECT_EQ(finding_of(found, FindingKind::jump).line, 4u);
    EXPECT_EQ(finding_of(found, FindingKind::jump, 1).detail, "2020-01-10T00:00:00Z: close 10 after 50.5");
}

TEST(FlatRun, FromTenBarsWithoutVolume) {
    Bars bars;
    const auto add = [&](double price, double volume, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            bars.push_back({monday + static_cast<Timestamp>(bars.size()) * day, price, price, price, price, volume});
        }
    };
    add(10, 0, 9);
    add(11, 0, 10);
    add(12, 1, 20);
    add(13, 0, 12);
    add(14, 0, 11);
    const std::vector<Finding> found = report(bars, Timeframe::d1);
    EXPECT_EQ(summary(found), "accepted 62, flat_run 33");
    EXPECT_EQ(finding_of(found, FindingKind::flat_run).line, 10u);
    EXPECT_EQ(finding_of(found, FindingKind::flat_run, 1).detail,
              "12 bars at 13 without volume, from 2020-02-14T00:00:00Z to 2020-02-25T00:00:00Z");
}

bool stop() noexcept { return true; }

TEST(SeriesReport, CanBeStopped) {
    const Bars bars = made(monday, minute, 100, always);
    EXPECT_THROW(series_report(bars.view(), Timeframe::m1, 20, {.poll = stop}), Error);
}

}  // namespace
}  // namespace evolve
