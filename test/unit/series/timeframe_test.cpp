#include "core/series/timeframe.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

Timestamp at(std::string_view text) {
    const TimeReading reading = parse_timestamp(text, DateOrder::automatic, 0);
    EXPECT_EQ(reading.fault, TimeFault::none) << text;
    return reading.ts;
}

TEST(Timeframe, LabelsReadBack) {
    std::string all;
    std::int64_t before = 0;
    for (const Timeframe timeframe : all_timeframes()) {
        all += std::string(to_string(timeframe)) + " ";
        EXPECT_EQ(parse_timeframe(to_string(timeframe)), timeframe);
        EXPECT_GT(seconds(timeframe), before);
        before = seconds(timeframe);
    }
    EXPECT_EQ(all, "1m 5m 15m 30m 1h 4h 1d 1w 1mo ");
}

TEST(Timeframe, Lengths) {
    EXPECT_EQ(seconds(Timeframe::m1), 60);
    EXPECT_EQ(seconds(Timeframe::m5), 300);
    EXPECT_EQ(seconds(Timeframe::m15), 900);
    EXPECT_EQ(seconds(Timeframe::m30), 1800);
    EXPECT_EQ(seconds(Timeframe::h1), 3600);
    EXPECT_EQ(seconds(Timeframe::h4), 14400);
    EXPECT_EQ(seconds(Timeframe::d1), 86400);
    EXPECT_EQ(seconds(Timeframe::w1), 604800);
    EXPECT_EQ(seconds(Timeframe::mo1), 2592000);
}

TEST(Timeframe, Aliases) {
    struct Case {
        const char* text;
        Timeframe timeframe;
    };
    for (const Case& c :
         {Case{"1M", Timeframe::mo1},    Case{"1m", Timeframe::m1},          Case{"M1", Timeframe::m1},
          Case{"1min", Timeframe::m1},   Case{"1T", Timeframe::m1},          Case{"5Min", Timeframe::m5},
          Case{"M15", Timeframe::m15},   Case{"30 minutes", Timeframe::m30}, Case{"60m", Timeframe::h1},
          Case{"1H", Timeframe::h1},     Case{"hourly", Timeframe::h1},      Case{"H4", Timeframe::h4},
          Case{"240min", Timeframe::h4}, Case{"4-hour", Timeframe::h4},      Case{"1D", Timeframe::d1},
          Case{"D", Timeframe::d1},      Case{"daily", Timeframe::d1},       Case{"24h", Timeframe::d1},
          Case{"1440m", Timeframe::d1},  Case{"1Day", Timeframe::d1},        Case{"W1", Timeframe::w1},
          Case{"7d", Timeframe::w1},     Case{"weekly", Timeframe::w1},      Case{"1MO", Timeframe::mo1},
          Case{"MN1", Timeframe::mo1},   Case{"month", Timeframe::mo1},      Case{"1_month", Timeframe::mo1}}) {
        EXPECT_EQ(parse_timeframe(c.text), c.timeframe) << c.text;
    }
}

TEST(Timeframe, UnknownTexts) {
    for (const char* text : {"",     " ",       "m",  "M",  "0m",  "2m",  "2h", "3d",   "30d",
                             "12mo", "1",       "60", "1x", "h1h", "1h1", "-1", "1.0h", "99999999999999999999m",
                             "1y",   "\xC3\xA9"}) {
        EXPECT_EQ(parse_timeframe(text), std::nullopt) << text;
    }
}

TEST(Timeframe, Divides) {
    for (const Timeframe fine : all_timeframes()) {
        for (const Timeframe coarse : all_timeframes()) {
            const bool expected = fine < coarse && !(fine == Timeframe::w1 && coarse == Timeframe::mo1);
            EXPECT_EQ(divides(fine, coarse), expected) << to_string(fine) << " " << to_string(coarse);
        }
    }
}

struct Start {
    const char* ts;
    Timeframe timeframe;
    const char* start;
};

class BarStart : public testing::TestWithParam<Start> {};

TEST_P(BarStart, IsTheEdgeBefore) {
    const Start& c = GetParam();
    EXPECT_EQ(format_timestamp(bar_start(at(c.ts), c.timeframe)), std::string(c.start) + "Z") << c.ts;
    EXPECT_EQ(bar_start(at(c.start), c.timeframe), at(c.start)) << "an edge begins its own bar";
    EXPECT_EQ(bar_start(at(c.start) - 1, c.timeframe) == at(c.start), false) << "just before belongs to the bar before";
}

INSTANTIATE_TEST_SUITE_P(Edges, BarStart,
                         testing::Values(Start{"2020-10-01 22:07:59", Timeframe::m1, "2020-10-01T22:07:00"},
                                         Start{"2020-10-01 22:07:59", Timeframe::m5, "2020-10-01T22:05:00"},
                                         Start{"2020-10-01 22:44:59", Timeframe::m15, "2020-10-01T22:30:00"},
                                         Start{"2020-10-01 22:44:59", Timeframe::m30, "2020-10-01T22:30:00"},
                                         Start{"2020-10-01 22:44:59", Timeframe::h1, "2020-10-01T22:00:00"},
                                         Start{"2020-10-01 19:59:59", Timeframe::h4, "2020-10-01T16:00:00"},
                                         Start{"2020-10-01 23:59:59", Timeframe::d1, "2020-10-01T00:00:00"},
                                         // Thursday; the week's Monday lies in the month before.
                                         Start{"2020-10-01 12:00:00", Timeframe::w1, "2020-09-28T00:00:00"},
                                         Start{"2020-10-04 23:59:59", Timeframe::w1, "2020-09-28T00:00:00"},
                                         Start{"2020-10-05 00:00:00", Timeframe::w1, "2020-10-05T00:00:00"},
                                         // Over the end of a year.
                                         Start{"2021-01-01 00:00:00", Timeframe::w1, "2020-12-28T00:00:00"},
                                         Start{"2020-12-31 23:59:59", Timeframe::mo1, "2020-12-01T00:00:00"},
                                         // Leap years: 2000 and 2020 have a 29 February, 2100 has none.
                                         Start{"2000-02-29 12:00:00", Timeframe::mo1, "2000-02-01T00:00:00"},
                                         Start{"2020-02-29 23:59:59", Timeframe::mo1, "2020-02-01T00:00:00"},
                                         Start{"2100-03-01 00:00:00", Timeframe::mo1, "2100-03-01T00:00:00"},
                                         // Before 1970.
                                         Start{"1969-12-31 23:59:59", Timeframe::m1, "1969-12-31T23:59:00"},
                                         Start{"1969-12-31 23:59:59", Timeframe::h4, "1969-12-31T20:00:00"},
                                         Start{"1969-12-31 23:59:59", Timeframe::d1, "1969-12-31T00:00:00"},
                                         Start{"1969-12-31 23:59:59", Timeframe::w1, "1969-12-29T00:00:00"},
                                         Start{"1969-12-28 23:59:59", Timeframe::w1, "1969-12-22T00:00:00"},
                                         Start{"1969-12-31 23:59:59", Timeframe::mo1, "1969-12-01T00:00:00"},
                                         Start{"1904-02-29 00:00:00", Timeframe::mo1, "1904-02-01T00:00:00"},
                                         Start{"1900-01-01 00:00:00", Timeframe::w1, "1900-01-01T00:00:00"},
                                         Start{"2200-12-31 23:59:59", Timeframe::w1, "2200-12-29T00:00:00"}));

}  // namespace
}  // namespace evolve
