#include <gtest/gtest.h>

#include "core/series/timestamp.hpp"
#include "series/import_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve {
namespace {

Bars flat_bars(std::initializer_list<Timestamp> times) {
    Bars bars;
    for (const Timestamp ts : times) bars.push_back({ts, 1, 1, 1, 1, 0});
    return bars;
}

constexpr Timestamp hour = 3600 * microseconds_per_second;
constexpr Timestamp monday = 18'267 * microseconds_per_day;  // 2020-01-06

struct RealFile {
    const char* path;
    Timeframe timeframe;
    double periods;
};

class PeriodsPerYear : public testing::TestWithParam<RealFile> {};

TEST_P(PeriodsPerYear, OfRealSeries) {
    EVOLVE_NEED_DATA();
    const RealFile& file = GetParam();
    const ImportResult result =
        import_bars(test::read_text(std::filesystem::path(EVOLVE_DATA_DIR) / "bars" / file.path), file.timeframe);
    ASSERT_GT(result.bars.size(), 100u);
    EXPECT_EQ(periods_per_year(result.bars.view(), file.timeframe), file.periods);
}

INSTANTIATE_TEST_SUITE_P(Files, PeriodsPerYear,
                         testing::Values(RealFile{"daily/goog_1d.csv.gz", Timeframe::d1, 252},
                                         RealFile{"daily/sp500_1d.csv.gz", Timeframe::d1, 252},
                                         RealFile{"universe/aapl_1d.csv.gz", Timeframe::d1, 252},
                                         RealFile{"extra/btc_1d.csv.gz", Timeframe::d1, 365},
                                         RealFile{"fx/eurusd_1h_oanda.csv.gz", Timeframe::h1, 6240},
                                         RealFile{"fx/eurusd_1h_2017.csv.gz", Timeframe::h1, 6240},
                                         RealFile{"fx/usdjpy_1m_201302.csv.gz", Timeframe::m1, 374'400},
                                         RealFile{"intraday/btcusd_1m_2018.csv.gz", Timeframe::m1, 525'600},
                                         RealFile{"intraday/ltcusdt_1h_binance.csv.gz", Timeframe::h1, 8760},
                                         RealFile{"alts5m/adabtc_5m_2018.csv.gz", Timeframe::m5, 105'120},
                                         RealFile{"daily/btcusd_1mo.csv", Timeframe::mo1, 12},
                                         // 102 bars a session.
                                         RealFile{"intraday/eurostoxx50_5m_2006.csv.gz", Timeframe::m5, 252 * 102},
                                         // 764 bars in the median of the sessions.
                                         RealFile{"intraday/fesx_1m_2006.csv.gz", Timeframe::m1, 252 * 764}));

TEST(PeriodsPerYear, WeeksAndMonthsNeedNoBars) {
    EXPECT_EQ(periods_per_year({}, Timeframe::w1), 52);
    EXPECT_EQ(periods_per_year({}, Timeframe::mo1), 12);
}

TEST(PeriodsPerYear, TooFewBarsAreTakenForABourse) {
    EXPECT_EQ(periods_per_year({}, Timeframe::d1), 252);
    EXPECT_EQ(periods_per_year(flat_bars({monday}).view(), Timeframe::d1), 252);
    EXPECT_EQ(periods_per_year(flat_bars({monday}).view(), Timeframe::h1), 252 * 24);
    EXPECT_EQ(periods_per_year(flat_bars({monday, monday + microseconds_per_day}).view(), Timeframe::d1), 252);
}

// Currencies: Sunday evening to Friday evening, no Saturday, around the clock in between.
TEST(PeriodsPerYear, SundayEveningIsNoWeekendTrading) {
    Bars bars;
    for (Timestamp week = 0; week < 6; ++week) {
        for (Timestamp h = -2; h < 5 * 24 - 3; ++h) {
            bars.push_back({monday + week * 7 * microseconds_per_day + h * hour, 1, 1, 1, 1, 0});
        }
    }
    EXPECT_EQ(periods_per_year(bars.view(), Timeframe::h1), 260 * 24);
    EXPECT_EQ(periods_per_year(resample(bars.view(), Timeframe::h4).view(), Timeframe::h4), 260 * 6);
    EXPECT_EQ(periods_per_year(resample(bars.view(), Timeframe::d1).view(), Timeframe::d1), 252);
}

// A bourse of a country whose weekend is Thursday and Friday has Saturdays and is still closed two days a week.
TEST(PeriodsPerYear, AnotherWeekend) {
    Bars bars;
    for (Timestamp date = 0; date < 70; ++date) {
        if (date % 7 == 3 || date % 7 == 4) continue;
        bars.push_back({monday + date * microseconds_per_day, 1, 1, 1, 1, 0});
    }
    EXPECT_EQ(periods_per_year(bars.view(), Timeframe::d1), 252);
}

// A market around the clock with a hole of two months and a week of bars is still one.
TEST(PeriodsPerYear, AHoleIsNoHabit) {
    Bars bars;
    for (Timestamp h = 0; h < 4 * 24; ++h) bars.push_back({monday + h * hour, 1, 1, 1, 1, 0});
    for (Timestamp h = 0; h < 4 * 24; ++h)
        bars.push_back({monday + 60 * microseconds_per_day + h * hour, 1, 1, 1, 1, 0});
    EXPECT_EQ(periods_per_year(bars.view(), Timeframe::h1), 365 * 24);
}

// Seven bars of an hour a day; stray bars, each at another hour of the night, open no session around the clock.
TEST(PeriodsPerYear, MedianSession) {
    Bars bars;
    Timestamp stray = 0;
    for (Timestamp date = 0; date < 70; ++date, ++stray) {
        if (date % 7 == 5) date += 2;
        for (Timestamp h = 0; h < 24; ++h) {
            const bool session = h >= 14 && h < 21;
            if (session || h == stray) bars.push_back({monday + date * microseconds_per_day + h * hour, 1, 1, 1, 1, 0});
        }
    }
    EXPECT_EQ(periods_per_year(bars.view(), Timeframe::h1), 252 * 7);
}

// With sessions of 2 and 4 bars in equal number the median lies between.
TEST(PeriodsPerYear, MedianOfAnEvenNumberOfDays) {
    Bars bars;
    for (Timestamp date = 0; date < 4; ++date) {
        for (Timestamp h = 10; h < (date % 2 == 0 ? 12 : 14); ++h) {
            bars.push_back({monday + date * microseconds_per_day + h * hour, 1, 1, 1, 1, 0});
        }
    }
    EXPECT_EQ(periods_per_year(bars.view(), Timeframe::h1), 252 * 3);
}

}  // namespace
}  // namespace evolve
