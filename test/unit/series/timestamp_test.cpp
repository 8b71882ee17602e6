#include "core/series/timestamp.hpp"

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/series/bars_check.hpp"

namespace evolve {
namespace {

struct Readable {
    const char* text;
    const char* ts;
};

class Times : public testing::TestWithParam<Readable> {};

TEST_P(Times, AreRead) {
    const TimeReading reading = parse_timestamp(GetParam().text, DateOrder::automatic, 0);
    ASSERT_EQ(reading.fault, TimeFault::none) << GetParam().text;
    EXPECT_EQ(format_timestamp(reading.ts), GetParam().ts) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, Times,
    testing::Values(
        Readable{"1601589600", "2020-10-01T22:00:00Z"}, Readable{"1601589600.0", "2020-10-01T22:00:00Z"},
        Readable{"1601589600.25", "2020-10-01T22:00:00.25Z"}, Readable{"1601589600000", "2020-10-01T22:00:00Z"},
        Readable{"1601589600123", "2020-10-01T22:00:00.123Z"}, Readable{"1601589600123.5", "2020-10-01T22:00:00.1235Z"},
        Readable{"1601589600000000", "2020-10-01T22:00:00Z"},
        Readable{"1601589600123456", "2020-10-01T22:00:00.123456Z"},
        Readable{"1601589600123456789", "2020-10-01T22:00:00.123456Z"}, Readable{"0", "1970-01-01T00:00:00Z"},
        Readable{"-86400", "1969-12-31T00:00:00Z"}, Readable{"-0.5", "1969-12-31T23:59:59.5Z"},
        Readable{"-2208988800", "1900-01-01T00:00:00Z"}, Readable{"20201001", "2020-10-01T00:00:00Z"},
        Readable{"20201001220005", "2020-10-01T22:00:05Z"},
        // Where one unit ends and the next begins.
        Readable{"100000000000", "1973-03-03T09:46:40Z"}, Readable{"100000000000000", "1973-03-03T09:46:40Z"},
        Readable{"100000000000000000", "1973-03-03T09:46:40Z"},
        // Eight digits that are no date are seconds.
        Readable{"20201301", "1970-08-22T19:28:21Z"}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Times,
    testing::Values(Readable{"2020-10-01", "2020-10-01T00:00:00Z"}, Readable{"2020/10/01", "2020-10-01T00:00:00Z"},
                    Readable{"2020.10.01", "2020-10-01T00:00:00Z"}, Readable{"2020-1-2", "2020-01-02T00:00:00Z"},
                    Readable{" 2020-10-01 ", "2020-10-01T00:00:00Z"}, Readable{"2020-02-29", "2020-02-29T00:00:00Z"},
                    Readable{"13/02/2020", "2020-02-13T00:00:00Z"}, Readable{"02/13/2020", "2020-02-13T00:00:00Z"},
                    Readable{"13.02.2020", "2020-02-13T00:00:00Z"}, Readable{"13-02-2020", "2020-02-13T00:00:00Z"},
                    Readable{"5/5/2020", "2020-05-05T00:00:00Z"}, Readable{"1900-01-01", "1900-01-01T00:00:00Z"},
                    Readable{"2200-12-31", "2200-12-31T00:00:00Z"}));

INSTANTIATE_TEST_SUITE_P(
    DatesAndTimes, Times,
    testing::Values(
        Readable{"2020-10-01T22:00:00Z", "2020-10-01T22:00:00Z"},
        Readable{"2020-10-01t22:00:00z", "2020-10-01T22:00:00Z"}, Readable{"2020-10-01 22:00", "2020-10-01T22:00:00Z"},
        Readable{"2020-10-01   9:05:07", "2020-10-01T09:05:07Z"},
        Readable{"2020-10-01, 22:00:05", "2020-10-01T22:00:05Z"},
        Readable{"2020-10-01T22:00:00.123456789Z", "2020-10-01T22:00:00.123456Z"},
        Readable{"2020-10-01 22:00:00,5", "2020-10-01T22:00:00.5Z"},
        Readable{"2020-10-01T22:00:00+02:00", "2020-10-01T20:00:00Z"},
        Readable{"2020-10-01 22:00:00-05:30", "2020-10-02T03:30:00Z"},
        Readable{"2020-10-01 22:00:00 +0200", "2020-10-01T20:00:00Z"},
        Readable{"2020-10-01T22:00-05", "2020-10-02T03:00:00Z"},
        Readable{"2020-10-01 22:00:00 UTC", "2020-10-01T22:00:00Z"},
        Readable{"2020-10-01 22:00:00 GMT+2", "2020-10-01T20:00:00Z"},
        Readable{"2020-10-01 10-PM", "2020-10-01T22:00:00Z"}, Readable{"2017-08-17 04-AM", "2017-08-17T04:00:00Z"},
        Readable{"2020-10-01 12-AM", "2020-10-01T00:00:00Z"}, Readable{"2020-10-01 12-PM", "2020-10-01T12:00:00Z"},
        Readable{"2020-10-01 10:30 pm", "2020-10-01T22:30:00Z"},
        Readable{"2020-10-01 10:30:15PM", "2020-10-01T22:30:15Z"}, Readable{"20201001 2230", "2020-10-01T22:30:00Z"},
        Readable{"20201001 223015", "2020-10-01T22:30:15Z"}, Readable{"20201001T223015Z", "2020-10-01T22:30:15Z"},
        Readable{"20201001 22:30", "2020-10-01T22:30:00Z"}, Readable{"2014.12.08 07:00", "2014-12-08T07:00:00Z"},
        Readable{"13.02.2020 09:00:00.000", "2020-02-13T09:00:00Z"},
        Readable{"10/13/2020 10:30 AM", "2020-10-13T10:30:00Z"}));

struct Faulty {
    const char* text;
    TimeFault fault;
};

class FaultyTimes : public testing::TestWithParam<Faulty> {};

TEST_P(FaultyTimes, AreRefused) {
    EXPECT_EQ(parse_timestamp(GetParam().text, DateOrder::automatic, 0).fault, GetParam().fault) << GetParam().text;
}

constexpr TimeFault no_time = TimeFault::unreadable, range = TimeFault::out_of_range, unclear = TimeFault::ambiguous;

INSTANTIATE_TEST_SUITE_P(
    Texts, FaultyTimes,
    testing::Values(Faulty{"", no_time}, Faulty{" ", no_time}, Faulty{"yesterday", no_time}, Faulty{"-", no_time},
                    Faulty{".5", no_time}, Faulty{"1.60159E+12", no_time}, Faulty{"0x5F7", no_time},
                    Faulty{"1601589600.0.0", no_time}, Faulty{"2020-13-01", no_time}, Faulty{"2020-00-01", no_time},
                    Faulty{"2020-02-30", no_time}, Faulty{"2019-02-29", no_time}, Faulty{"2100-02-29", no_time},
                    Faulty{"2020-10", no_time}, Faulty{"2020-10/01", no_time}, Faulty{"20-10-01", no_time},
                    Faulty{"2020-10-01x", no_time}, Faulty{"2020-10-01T", no_time}, Faulty{"2020-10-01 10", no_time},
                    Faulty{"2020-10-01 24:00", no_time}, Faulty{"2020-10-01 22:60", no_time},
                    Faulty{"2020-10-01 22:00:60", no_time}, Faulty{"2020-10-01 13-PM", no_time},
                    Faulty{"2020-10-01 00:30 AM", no_time}, Faulty{"2020-10-01 22:00 CEST", no_time},
                    Faulty{"2020-10-01 22:00+15:00", no_time}, Faulty{"2020-10-01 22:00+02:0", no_time},
                    Faulty{"2020-10-01 22:00Z0", no_time}, Faulty{"2020-10-01T22:00:00.Z", no_time},
                    Faulty{"13/13/2020", no_time}, Faulty{"31/02/2020", no_time}, Faulty{"0/5/2020", no_time},
                    Faulty{"03/04/20", no_time}, Faulty{"20201001220005 1", no_time},
                    Faulty{"2020-10-01 22:00:00 +", no_time}, Faulty{"03/04/2020", unclear},
                    Faulty{"03.04.2020 10:00", unclear}, Faulty{"3-4-2020", unclear}, Faulty{"1899-12-31", range},
                    Faulty{"2201-01-01", range}, Faulty{"9999-12-31", range}, Faulty{"-2208988801", range},
                    Faulty{"99999999999", range}, Faulty{"99999999999999", range}, Faulty{"50000000000000.5", range},
                    Faulty{"99999999999999999", range}, Faulty{"9223372036854775807", range},
                    Faulty{"99999999999999999999", range}, Faulty{"-9223372036854775808", range},
                    Faulty{"1899-12-31 23:59:59", range}, Faulty{"1900-01-01 00:00+01:00", range},
                    Faulty{"2200-12-31 23:00-01:00", range}));

TEST(Timestamps, TheDateOrderDecides) {
    const TimeReading day = parse_timestamp("03/04/2020", DateOrder::day_first, 0);
    const TimeReading month = parse_timestamp("03/04/2020", DateOrder::month_first, 0);
    EXPECT_EQ(format_timestamp(day.ts), "2020-04-03T00:00:00Z");
    EXPECT_EQ(format_timestamp(month.ts), "2020-03-04T00:00:00Z");
    EXPECT_EQ(parse_timestamp("13/04/2020", DateOrder::month_first, 0).fault, TimeFault::unreadable);
    EXPECT_EQ(parse_timestamp("04/13/2020", DateOrder::day_first, 0).fault, TimeFault::unreadable);
    EXPECT_EQ(parse_timestamp("2020/03/04", DateOrder::day_first, 0).ts,
              parse_timestamp("2020-03-04", DateOrder::automatic, 0).ts);
}

TEST(Timestamps, SomeDatesProveTheirOrder) {
    EXPECT_EQ(proven_date_order("13/04/2020"), DateOrder::day_first);
    EXPECT_EQ(proven_date_order(" 04.13.2020 10:00"), DateOrder::month_first);
    for (const char* text : {"03/04/2020", "5/5/2020", "13/13/2020", "2020-04-13", "x", "", "13", "20200413"}) {
        EXPECT_EQ(proven_date_order(text), DateOrder::automatic) << text;
    }
}

TEST(Timestamps, TheOffsetIsForTimesWithoutAZone) {
    EXPECT_EQ(format_timestamp(parse_timestamp("2020-10-01 22:00", DateOrder::automatic, 120).ts),
              "2020-10-01T20:00:00Z");
    EXPECT_EQ(format_timestamp(parse_timestamp("2020-10-01", DateOrder::automatic, -300).ts), "2020-10-01T05:00:00Z");
    EXPECT_EQ(format_timestamp(parse_timestamp("20201001", DateOrder::automatic, -300).ts), "2020-10-01T05:00:00Z");
    EXPECT_EQ(format_timestamp(parse_timestamp("20201001220000", DateOrder::automatic, 60).ts), "2020-10-01T21:00:00Z");
    for (const char* text : {"2020-10-01T22:00Z", "2020-10-01 22:00+00:00", "1601589600", "1601589600000"}) {
        EXPECT_EQ(format_timestamp(parse_timestamp(text, DateOrder::automatic, 120).ts), "2020-10-01T22:00:00Z")
            << text;
    }
}

TEST(Timestamps, WhatIsWrittenReadsBack) {
    Random random(1);
    for (int i = 0; i < 20'000; ++i) {
        Timestamp ts = random.between(first_bar_time, end_bar_time - 1);
        if (i % 2 == 0) ts -= ts % microseconds_per_second;
        const std::string text = format_timestamp(ts);
        const TimeReading reading = parse_timestamp(text, DateOrder::automatic, 90);
        ASSERT_EQ(reading.fault, TimeFault::none) << text;
        ASSERT_EQ(reading.ts, ts) << text;
    }
}

// Whatever the text, a time that is read lies in the years of bars.
TEST(Timestamps, RandomTextsNeverLeaveTheRange) {
    Random random(2);
    const std::string_view alphabet = "0123456789-/.: TZ+AMP,";
    int read = 0;
    for (int i = 0; i < 300'000; ++i) {
        std::string text = i % 3 == 0 ? "2020-10-01 10:00:00" : "";
        for (std::uint64_t n = random.below(20); n > 0; --n) {
            const char c = alphabet[random.below(alphabet.size())];
            if (!text.empty() && i % 3 == 0) {
                text[random.below(text.size())] = c;
            } else {
                text += c;
            }
        }
        const TimeReading reading = parse_timestamp(text, DateOrder::day_first, 60);
        if (reading.fault != TimeFault::none) continue;
        ++read;
        ASSERT_GE(reading.ts, first_bar_time) << text;
        ASSERT_LT(reading.ts, end_bar_time) << text;
    }
    EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace evolve
