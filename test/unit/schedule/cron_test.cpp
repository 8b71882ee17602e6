// Cron expressions, against a version that looks at every minute.
#include "core/schedule/cron.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

constexpr Timestamp minute = 60'000'000;

Timestamp at(std::string_view text) {
    const TimeReading reading = parse_timestamp(text, DateOrder::automatic, 0);
    EXPECT_EQ(reading.fault, TimeFault::none) << text;
    return reading.ts;
}

std::string latest(std::string_view cron, std::string_view ts) {
    const auto slot = latest_at_or_before(parse_cron(cron), at(ts));
    return slot ? format_timestamp(*slot) : "never";
}

std::string next(std::string_view cron, std::string_view ts) {
    const auto slot = next_after(parse_cron(cron), at(ts));
    return slot ? format_timestamp(*slot) : "never";
}

TEST(Cron, LatestAndNext) {
    struct Case {
        const char* cron;
        const char* ts;
        const char* latest;
        const char* next;
    };
    for (const Case& c : {
             Case{"* * * * *", "2024-05-06 07:08:09", "2024-05-06T07:08:00Z", "2024-05-06T07:09:00Z"},
             Case{"*/8 * * * *", "2024-05-06 07:59:59", "2024-05-06T07:56:00Z", "2024-05-06T08:00:00Z"},
             Case{"*/8 * * * *", "2024-05-06 08:00:00", "2024-05-06T08:00:00Z", "2024-05-06T08:08:00Z"},
             Case{"30 6 * * mon-fri", "2024-05-05 12:00:00", "2024-05-03T06:30:00Z", "2024-05-06T06:30:00Z"},
             Case{"0 0 1 jan *", "2024-05-05 12:00:00", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"},
             Case{"0 0 29 2 *", "1999-05-05 12:00:00", "1996-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
             Case{"0 0 29 2 */7", "2090-05-05 12:00:00", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z"},
             Case{"15,45 22-23 * * *", "2024-05-06 22:00:00", "2024-05-05T23:45:00Z", "2024-05-06T22:15:00Z"},
             Case{"50/5 * * * *", "2024-05-06 22:00:00", "2024-05-06T21:55:00Z", "2024-05-06T22:50:00Z"},
             Case{"0 12 13 * fri", "2024-05-14 00:00:00", "2024-05-13T12:00:00Z", "2024-05-17T12:00:00Z"},
             Case{"0 12 */13 * fri", "2024-05-14 00:00:00", "2024-03-01T12:00:00Z", "2024-06-14T12:00:00Z"},
             Case{"0 0 * * 7", "2024-05-06 00:00:00", "2024-05-05T00:00:00Z", "2024-05-12T00:00:00Z"},
             Case{"0 0 * * fri-sun", "2024-05-06 00:00:00", "2024-05-05T00:00:00Z", "2024-05-10T00:00:00Z"},
             Case{"@hourly", "2024-05-06 07:08:09", "2024-05-06T07:00:00Z", "2024-05-06T08:00:00Z"},
             Case{"@daily", "2024-05-06 07:08:09", "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z"},
             Case{"@weekly", "2024-05-06 07:08:09", "2024-05-05T00:00:00Z", "2024-05-12T00:00:00Z"},
             Case{"@Monthly", "2024-05-06 07:08:09", "2024-05-01T00:00:00Z", "2024-06-01T00:00:00Z"},
             Case{"@yearly", "2024-05-06 07:08:09", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"},
             Case{" 5\t4  31 * * ", "2024-05-06 07:08:09", "2024-03-31T04:05:00Z", "2024-05-31T04:05:00Z"},
             Case{"0 0 1 1 *", "1960-06-01 00:00:00", "1960-01-01T00:00:00Z", "1961-01-01T00:00:00Z"},
         }) {
        EXPECT_EQ(latest(c.cron, c.ts), c.latest) << c.cron << " at " << c.ts;
        EXPECT_EQ(next(c.cron, c.ts), c.next) << c.cron << " at " << c.ts;
    }
}

TEST(Cron, LeapDaysOverACenturyThatHasNone) {
    const CronSchedule leap = parse_cron("0 0 29 2 *");
    const std::chrono::sys_time<std::chrono::microseconds> date{std::chrono::sys_days{std::chrono::year{1896} / 3 / 1}};
    const auto slot = next_after(leap, date.time_since_epoch().count());
    ASSERT_TRUE(slot);
    EXPECT_EQ(format_timestamp(*slot), "1904-02-29T00:00:00Z");
}

TEST(Cron, TheEndsOfTime) {
    const CronSchedule daily = parse_cron("@yearly");
    EXPECT_FALSE(next_after(daily, 253'402'300'799'000'000));           // the end of 9999
    EXPECT_FALSE(latest_at_or_before(daily, -62'135'596'800'000'001));  // before the year 1
    EXPECT_TRUE(latest_at_or_before(daily, -62'135'596'800'000'000));
    EXPECT_FALSE(next_after(daily, 9'223'371'331'200'000'000));
}

TEST(Cron, WhatIsRefused) {
    struct Case {
        const char* cron;
        ErrorCode code;
    };
    for (const Case& c : {
             Case{"", ErrorCode::syntax_error},
             Case{"* * * *", ErrorCode::syntax_error},
             Case{"* * * * * *", ErrorCode::syntax_error},
             Case{"8 minutes", ErrorCode::syntax_error},
             Case{"@often", ErrorCode::syntax_error},
             Case{"60 * * * *", ErrorCode::out_of_range},
             Case{"* 24 * * *", ErrorCode::out_of_range},
             Case{"* * 0 * *", ErrorCode::out_of_range},
             Case{"* * 32 * *", ErrorCode::out_of_range},
             Case{"* * * 13 *", ErrorCode::out_of_range},
             Case{"* * * * 8", ErrorCode::out_of_range},
             Case{"99999999999999999999 * * * *", ErrorCode::out_of_range},
             Case{"*/0 * * * *", ErrorCode::out_of_range},
             Case{"5-1 * * * *", ErrorCode::out_of_range},
             Case{"-1 * * * *", ErrorCode::syntax_error},
             Case{"1- * * * *", ErrorCode::syntax_error},
             Case{"1,,2 * * * *", ErrorCode::syntax_error},
             Case{"*/ * * * *", ErrorCode::syntax_error},
             Case{"*5 * * * *", ErrorCode::syntax_error},
             Case{"1/2/3 * * * *", ErrorCode::syntax_error},
             Case{"* * * foo *", ErrorCode::unknown_name},
             Case{"jan * * * *", ErrorCode::syntax_error},
             Case{"* * * * jan", ErrorCode::unknown_name},
             Case{"0 0 30 2 *", ErrorCode::invalid_option},
             Case{"0 0 31 4,6,9,11 *", ErrorCode::invalid_option},
         }) {
        try {
            (void)parse_cron(c.cron);
            ADD_FAILURE() << c.cron;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), c.code) << c.cron << ": " << error.message();
            EXPECT_FALSE(error.hint().empty());
        }
    }
    EXPECT_THROW((void)parse_cron(std::string(2000, '*')), Error);
}

// The obvious version: the fields of each minute, compared one by one.
bool fits(const CronSchedule& schedule, Timestamp ts) {
    using namespace std::chrono;
    const sys_time<microseconds> point{microseconds{ts}};
    const auto date = floor<days>(point);
    const year_month_day day{date};
    const hh_mm_ss time{floor<minutes>(point - date)};
    const auto in = [](std::uint64_t set, unsigned value) { return ((set >> value) & 1) == 1; };
    const bool day_fits = in(schedule.days, static_cast<unsigned>(day.day()));
    const bool weekday_fits = in(schedule.weekdays, weekday{date}.c_encoding());
    return in(schedule.minutes, static_cast<unsigned>(time.minutes().count())) &&
           in(schedule.hours, static_cast<unsigned>(time.hours().count())) &&
           in(schedule.months, static_cast<unsigned>(day.month())) &&
           (schedule.either_day ? day_fits || weekday_fits : day_fits && weekday_fits);
}

TEST(Cron, AgreesWithMinuteByMinute) {
    Random random(20240506);
    const std::vector<std::string> minutes{"*", "*/8", "0", "59", "7-50/9", "1,2,30"};
    const std::vector<std::string> hours{"*", "0", "23", "*/6", "9-17", "3,22"};
    const std::vector<std::string> days{"*", "1", "31", "*/10", "28-31", "13", "29,30"};
    const std::vector<std::string> months{"*", "2", "jan,dec", "*/5", "feb-mar"};
    const std::vector<std::string> weekdays{"*", "0", "7", "mon-fri", "*/3", "sat,sun", "5-7"};
    const auto pick = [&](const std::vector<std::string>& from) { return from[random.below(from.size())]; };
    int checked = 0;
    for (int i = 0; i < 300; ++i) {
        const std::string cron =
            pick(minutes) + " " + pick(hours) + " " + pick(days) + " " + pick(months) + " " + pick(weekdays);
        CronSchedule schedule;
        try {
            schedule = parse_cron(cron);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_option) << cron;
            continue;
        }
        // Times of 1960 to 2100, at most 40 days away from the slots that the obvious version finds.
        const Timestamp ts = -315'619'200'000'000 + static_cast<Timestamp>(random.below(4'417'977'600)) * 1'000'000;
        const Timestamp start = ts - ((ts % minute) + minute) % minute;
        const auto before = latest_at_or_before(schedule, ts);
        const auto after = next_after(schedule, ts);
        ASSERT_TRUE(before && after) << cron;
        constexpr int reach = 40 * 24 * 60;
        int back = 0;
        while (back < reach && !fits(schedule, start - back * minute)) ++back;
        int forth = 1;
        while (forth < reach && !fits(schedule, start + forth * minute)) ++forth;
        if (back < reach)
            EXPECT_EQ(*before, start - back * minute) << cron << " " << format_timestamp(ts);
        else
            EXPECT_LE(*before, start - reach * minute) << cron;
        if (forth < reach)
            EXPECT_EQ(*after, start + forth * minute) << cron << " " << format_timestamp(ts);
        else
            EXPECT_GE(*after, start + reach * minute) << cron;
        EXPECT_TRUE(fits(schedule, *before) && fits(schedule, *after)) << cron;
        ++checked;
    }
    EXPECT_GT(checked, 250);
}

}  // namespace
}  // namespace evolve
