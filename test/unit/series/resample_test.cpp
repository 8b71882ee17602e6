#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/random.hpp"
#include "core/series/timeframe.hpp"
#include "core/series/timestamp.hpp"
#include "series/import_support.hpp"

namespace evolve {
namespace {

struct Line {
    const char* ts;
    double open, high, low, close, volume;
};

Bars table(std::initializer_list<Line> lines) {
    Bars bars;
    for (const Line& line : lines) {
        const TimeReading reading = parse_timestamp(line.ts, DateOrder::automatic, 0);
        EXPECT_EQ(reading.fault, TimeFault::none) << line.ts;
        bars.push_back({reading.ts, line.open, line.high, line.low, line.close, line.volume});
    }
    return bars;
}

void expect_equal(const Bars& got, const Bars& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(format_timestamp(got.ts[i]), format_timestamp(wanted.ts[i]));
        EXPECT_EQ(got.open[i], wanted.open[i]) << i;
        EXPECT_EQ(got.high[i], wanted.high[i]) << i;
        EXPECT_EQ(got.low[i], wanted.low[i]) << i;
        EXPECT_EQ(got.close[i], wanted.close[i]) << i;
        EXPECT_EQ(got.volume[i], wanted.volume[i]) << i;
    }
}

// The first and the last hour are partial: their bars are made of what is there.
TEST(Resample, FiveMinutesToAnHour) {
    const Bars fine = table({{"2020-01-02 09:50", 10, 12, 9, 11, 5},
                             {"2020-01-02 09:55", 11, 11, 8, 8.5, 7},
                             {"2020-01-02 10:00", 9, 9.5, 9, 9.5, 1},
                             {"2020-01-02 10:30", 9.5, 20, 9, 19, 2},
                             {"2020-01-02 10:55", 19, 19, 18, 18, 4},
                             {"2020-01-02 12:05", 17, 17, 17, 17, 0}});
    expect_equal(resample(fine.view(), Timeframe::h1), table({{"2020-01-02 09:00", 10, 12, 8, 8.5, 12},
                                                              {"2020-01-02 10:00", 9, 20, 9, 18, 7},
                                                              {"2020-01-02 12:00", 17, 17, 17, 17, 0}}));
}

TEST(Resample, DaysToWeeks) {
    const Bars fine = table({{"2019-12-31 00:00", 1, 5, 1, 2, 1},    // Tuesday of the week of 30 December
                             {"2020-01-03 00:00", 2, 3, 0.5, 3, 2},  // Friday of the same week, next year
                             {"2020-01-05 22:00", 3, 4, 3, 4, 4},    // Sunday evening still belongs to it
                             {"2020-01-06 00:00", 4, 4, 4, 4, 8}});  // Monday
    expect_equal(resample(fine.view(), Timeframe::w1),
                 table({{"2019-12-30 00:00", 1, 5, 0.5, 4, 7}, {"2020-01-06 00:00", 4, 4, 4, 4, 8}}));
}

TEST(Resample, DaysToMonthsOfALeapYear) {
    const Bars fine = table({{"2020-02-28", 1, 2, 1, 2, 1},
                             {"2020-02-29", 2, 3, 2, 3, 1},
                             {"2020-03-01", 3, 4, 3, 4, 1},
                             {"2020-03-31 23:59:59", 4, 9, 4, 5, 1},
                             {"2020-04-01", 5, 5, 5, 5, 1}});
    expect_equal(resample(fine.view(), Timeframe::mo1),
                 table({{"2020-02-01", 1, 3, 1, 3, 2}, {"2020-03-01", 3, 9, 3, 5, 2}, {"2020-04-01", 5, 5, 5, 5, 1}}));
}

TEST(Resample, BeforeTheEpoch) {
    const Bars fine = table({{"1969-12-31 20:00", 1, 2, 1, 2, 1},
                             {"1969-12-31 23:00", 2, 3, 2, 3, 1},
                             {"1970-01-01 00:00", 3, 4, 3, 4, 1}});
    expect_equal(resample(fine.view(), Timeframe::d1),
                 table({{"1969-12-31", 1, 3, 1, 3, 2}, {"1970-01-01", 3, 4, 3, 4, 1}}));
    expect_equal(resample(fine.view(), Timeframe::w1), table({{"1969-12-29", 1, 4, 1, 4, 3}}));
    expect_equal(resample(fine.view(), Timeframe::mo1),
                 table({{"1969-12-01", 1, 3, 1, 3, 2}, {"1970-01-01", 3, 4, 3, 4, 1}}));
}

TEST(Resample, NothingGivesNothing) { EXPECT_TRUE(resample(Bars{}.view(), Timeframe::d1).empty()); }

// Volumes are added in the order of time, one after the other: 1e16 swallows each of the ones that follow it.
TEST(Resample, VolumeIsAddedInTheOrderOfTime) {
    const Bars first = table({{"2020-01-01 00:00", 1, 1, 1, 1, 1},
                              {"2020-01-01 01:00", 1, 1, 1, 1, 1},
                              {"2020-01-01 02:00", 1, 1, 1, 1, 1e16}});
    const Bars last = table({{"2020-01-01 00:00", 1, 1, 1, 1, 1e16},
                             {"2020-01-01 01:00", 1, 1, 1, 1, 1},
                             {"2020-01-01 02:00", 1, 1, 1, 1, 1}});
    EXPECT_EQ(resample(first.view(), Timeframe::d1).volume[0], 1e16 + 2);
    EXPECT_EQ(resample(last.view(), Timeframe::d1).volume[0], 1e16);
}

Bars random_bars(std::uint64_t seed, Timestamp start, Timestamp step, std::size_t count, bool whole_volumes) {
    Random random(seed);
    Bars bars;
    double price = 100;
    for (std::size_t i = 0; i < count; ++i) {
        start += step;
        if (random.chance(0.2)) continue;  // holes
        const double open = price, close = price * (0.98 + 0.04 * random.uniform());
        const double high = std::max(open, close) * (1 + 0.01 * random.uniform());
        const double low = std::min(open, close) * (1 - 0.01 * random.uniform());
        const double volume = whole_volumes ? static_cast<double>(random.below(1000)) : random.uniform();
        bars.push_back({start, open, high, low, close, volume});
        price = close;
    }
    return bars;
}

// Going through a timeframe in between changes nothing, except how volumes that are no whole numbers round.
TEST(Resample, StepsInBetweenChangeNothing) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Timestamp start = (seed % 2 == 0 ? -500 : 18'000) * microseconds_per_day;
        const Bars fine = random_bars(seed, start, 5 * 60 * microseconds_per_second, 20'000, true);
        for (const Timeframe middle : {Timeframe::m30, Timeframe::h4, Timeframe::d1}) {
            for (const Timeframe to : {Timeframe::d1, Timeframe::w1, Timeframe::mo1}) {
                if (!divides(middle, to)) continue;
                const Bars direct = resample(fine.view(), to);
                expect_equal(resample(resample(fine.view(), middle).view(), to), direct);
            }
        }
        const Bars uneven = random_bars(seed, start, 5 * 60 * microseconds_per_second, 20'000, false);
        const Bars direct = resample(uneven.view(), Timeframe::d1);
        const Bars steps = resample(resample(uneven.view(), Timeframe::h4).view(), Timeframe::d1);
        ASSERT_EQ(direct.size(), steps.size());
        for (std::size_t i = 0; i < direct.size(); ++i) {
            EXPECT_NEAR(direct.volume[i], steps.volume[i], 1e-9 * direct.volume[i]);
            EXPECT_EQ(direct.close[i], steps.close[i]);
        }
    }
}

// Every coarse bar against a count that looks at each fine bar for each coarse one.
TEST(Resample, AgreesWithTheDefinition) {
    const Bars fine = random_bars(77, -3 * microseconds_per_day, 15 * 60 * microseconds_per_second, 1500, true);
    for (const Timeframe to : {Timeframe::h1, Timeframe::h4, Timeframe::d1, Timeframe::w1, Timeframe::mo1}) {
        const Bars coarse = resample(fine.view(), to);
        std::size_t seen = 0;
        for (std::size_t c = 0; c < coarse.size(); ++c) {
            double high = 0, low = 1e300, volume = 0;
            std::size_t first = fine.size(), last = 0;
            for (std::size_t i = 0; i < fine.size(); ++i) {
                if (bar_start(fine.ts[i], to) != coarse.ts[c]) continue;
                first = std::min(first, i);
                last = i;
                high = std::max(high, fine.high[i]);
                low = std::min(low, fine.low[i]);
                volume += fine.volume[i];
                ++seen;
            }
            ASSERT_LT(first, fine.size());
            EXPECT_EQ(coarse.open[c], fine.open[first]);
            EXPECT_EQ(coarse.close[c], fine.close[last]);
            EXPECT_EQ(coarse.high[c], high);
            EXPECT_EQ(coarse.low[c], low);
            EXPECT_EQ(coarse.volume[c], volume);
            if (c > 0) {
                EXPECT_LT(coarse.ts[c - 1], coarse.ts[c]);
            }
        }
        EXPECT_EQ(seen, fine.size());
    }
}

}  // namespace
}  // namespace evolve
