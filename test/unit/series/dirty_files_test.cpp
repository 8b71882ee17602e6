// Files as they are found. Every number was counted apart from the loader, with Python's csv, float and datetime.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "core/series/timestamp.hpp"
#include "series/import_support.hpp"
#include "support/golden_csv.hpp"
#include "support/watched.hpp"

namespace evolve {
namespace {

using test::count_of;
using test::finding_of;

std::string dirty(const char* name) { return test::read_text(std::filesystem::path(EVOLVE_DATA_DIR) / "dirty" / name); }

// Data rows of a file: lines after the header that are not empty.
std::size_t data_rows(const std::string& csv, std::size_t header_line) {
    const auto lines = static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n'));
    return lines - header_line;
}

struct DirtyFile {
    const char* name;
    Timeframe timeframe;
    std::size_t header_line;
    std::size_t data_rows;
    const char* summary;
    const char* span;
};

class DirtyFiles : public testing::TestWithParam<DirtyFile> {};

TEST_P(DirtyFiles, AreReadAndReported) {
    EVOLVE_NEED_DATA();
    const DirtyFile& file = GetParam();
    const std::string csv = dirty(file.name);
    ASSERT_EQ(data_rows(csv, file.header_line), file.data_rows);
    const ImportResult result = import_bars(csv, file.timeframe);
    test::expect_clean(result);
    EXPECT_EQ(test::summary(result.report), file.summary);
    EXPECT_EQ(test::accounted_rows(result.report), file.data_rows);
    EXPECT_EQ(finding_of(result.report, FindingKind::accepted).detail, file.span);
    for (std::size_t kind = 0; kind < finding_kinds; ++kind) {
        EXPECT_LE(count_of(result.report, static_cast<FindingKind>(kind)), 21u) << "20 details and the rest";
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, DirtyFiles,
    testing::Values(
        // Six weekdays are missing, one at a time: five holidays and the blank row's.
        DirtyFile{"bhf_1d_blanks.csv", Timeframe::d1, 1, 143, "accepted 142, blank 1, holiday 6",
                  "2017-07-17T00:00:00Z to 2018-02-07T00:00:00Z"},
        // Weekdays without an accepted row: 3 in 2013-09, 10 in 2015-03, and 52 on their own.
        DirtyFile{"o_1d_blanks.csv", Timeframe::d1, 1, 1243,
                  "accepted 1239, blank 2, broken_ohlc 2, gap 13, holiday 52",
                  "2013-02-08T00:00:00Z to 2018-02-07T00:00:00Z"},
        DirtyFile{"ua_1d_blanks.csv", Timeframe::d1, 1, 464, "accepted 462, blank 1, broken_ohlc 1, holiday 17",
                  "2016-04-08T00:00:00Z to 2018-02-07T00:00:00Z"},
        DirtyFile{"btcusd_1m_hole_2016.csv.gz", Timeframe::m1, 1, 6410, "accepted 6410, gap 90067",
                  "2016-03-29T00:04:00Z to 2016-06-04T00:00:00Z"},
        // No timeframe of ours: 3809 of 3809 spacings are two hours. 52 runs of ten bars or more hold 928.
        DirtyFile{"btcusd_2h_bitstamp_flat.csv.gz", Timeframe::h1, 1, 3810,
                  "accepted 3810, timeframe_mismatch 3809, jump 1, flat_run 928",
                  "2011-08-18T12:00:00Z to 2012-06-30T22:00:00Z"},
        DirtyFile{"btcusdt_1h_cdd_asis.csv.gz", Timeframe::h1, 2, 2300,
                  "accepted 1301, banner 1, column_chosen 0, column_ignored 0, unsorted 1300, duplicate_conflict 999, "
                  "gap 26102",
                  "2017-08-17T04:00:00Z to 2020-10-01T22:00:00Z"},
        DirtyFile{"btcusdt_1h_cdd_norm.csv.gz", Timeframe::h1, 1, 2300,
                  "accepted 1301, unsorted 1300, duplicate_conflict 999, gap 26102",
                  "2017-08-17T04:00:00Z to 2020-10-01T22:00:00Z"},
        DirtyFile{"eurusd_1h_fxcm_tzshift.csv.gz", Timeframe::h1, 1, 4131,
                  "accepted 4131, holiday 44, timezone_shift 2232", "2009-06-01T00:00:00Z to 2010-01-31T23:00:00Z"},
        // Christmas, New Year and the days after 2015-01-15: 37 + 28 + 27 hours of the usual week.
        DirtyFile{"usdchf_1h_mt5_asis.csv", Timeframe::h1, 1, 1200, "accepted 1200, column_chosen 0, holiday 92",
                  "2014-12-08T07:00:00Z to 2015-02-20T02:00:00Z"}));

TEST(DirtyFiles, BlanksAndBrokenBarsAreNamed) {
    EVOLVE_NEED_DATA();
    const std::vector<Finding> report = import_bars(dirty("o_1d_blanks.csv"), Timeframe::d1).report;
    EXPECT_EQ(finding_of(report, FindingKind::blank).line, 599u);
    EXPECT_EQ(finding_of(report, FindingKind::blank).detail, "no value for open");
    EXPECT_EQ(finding_of(report, FindingKind::blank, 1).line, 722u);
    EXPECT_EQ(finding_of(report, FindingKind::blank, 1).detail, "no value for open, high, low");
    EXPECT_EQ(finding_of(report, FindingKind::broken_ohlc).line, 386u);
    EXPECT_EQ(finding_of(report, FindingKind::broken_ohlc).detail, "low 44.66 is above close 44.5272");
    EXPECT_EQ(finding_of(report, FindingKind::broken_ohlc, 1).line, 436u);
    EXPECT_EQ(finding_of(report, FindingKind::gap, 1).line, 518u);
    EXPECT_EQ(finding_of(report, FindingKind::gap, 1).rows, 10u);
}

TEST(DirtyFiles, TheHoleStandsOutAmongSmallGaps) {
    EVOLVE_NEED_DATA();
    const std::vector<Finding> report = import_bars(dirty("btcusd_1m_hole_2016.csv.gz"), Timeframe::m1).report;
    ASSERT_EQ(count_of(report, FindingKind::gap), 21u);
    const Finding hole = finding_of(report, FindingKind::gap, 19);
    EXPECT_EQ(hole.line, 2795u);
    EXPECT_EQ(hole.rows, 87'839u);
    EXPECT_EQ(hole.detail, "87839 bars are missing between 2016-04-01T00:00:00Z and 2016-06-01T00:00:00Z");
    // 1320 gaps: 20 are listed.
    EXPECT_EQ(finding_of(report, FindingKind::gap, 20).detail, "1300 more, from line 3 to line 6387");
}

TEST(DirtyFiles, MixedEpochsAndContradictingDuplicates) {
    EVOLVE_NEED_DATA();
    const std::string csv = dirty("btcusdt_1h_cdd_asis.csv.gz");
    const ImportResult first = import_bars(csv, Timeframe::h1);
    EXPECT_EQ(finding_of(first.report, FindingKind::banner).detail, "https://www.CryptoDataDownload.com");
    EXPECT_EQ(finding_of(first.report, FindingKind::column_chosen).detail, "ts is read from \"unix\"");
    EXPECT_EQ(finding_of(first.report, FindingKind::column_chosen, 1).detail, "volume is read from \"Volume BTC\"");
    EXPECT_EQ(count_of(first.report, FindingKind::column_ignored), 4u);
    EXPECT_EQ(finding_of(first.report, FindingKind::unsorted).detail, "newest first");
    // The same file with its times as ISO text holds the same bars.
    const ImportResult iso = import_bars(dirty("btcusdt_1h_cdd_norm.csv.gz"), Timeframe::h1);
    EXPECT_EQ(first.bars.ts, iso.bars.ts);
    EXPECT_EQ(first.bars.close, iso.bars.close);
    EXPECT_EQ(first.bars.volume, iso.bars.volume);
    // 2020-10-01 18:00: 10482.4 in line 10, 10482.39 in line 11.
    const Timestamp ts = 1'601'575'200 * microseconds_per_second;
    const auto open_at = [&](const Bars& bars) {
        const auto found = std::lower_bound(bars.ts.begin(), bars.ts.end(), ts);
        return bars.open[static_cast<std::size_t>(found - bars.ts.begin())];
    };
    EXPECT_EQ(open_at(first.bars), 10482.4);
    const ImportResult last = import_bars(csv, Timeframe::h1, {.on_duplicate = OnDuplicate::last});
    EXPECT_EQ(open_at(last.bars), 10482.39);
    EXPECT_EQ(test::rows_of(last.report, FindingKind::duplicate_conflict), 999u);
    // 999 times have two rows that differ; none of them is left.
    const ImportResult dropped = import_bars(csv, Timeframe::h1, {.on_duplicate = OnDuplicate::drop});
    EXPECT_EQ(dropped.bars.size(), 302u);
    EXPECT_EQ(test::rows_of(dropped.report, FindingKind::duplicate_conflict), 1998u);
    EXPECT_EQ(test::accounted_rows(dropped.report), 2300u);
    // Its other volume column and its other time column can be asked for.
    ImportOptions options;
    options.columns[static_cast<std::size_t>(BarColumn::volume)].name = "volume usdt";
    options.columns[static_cast<std::size_t>(BarColumn::ts)].name = "Date";
    const ImportResult mapped = import_bars(csv, Timeframe::h1, options);
    EXPECT_EQ(mapped.bars.ts, first.bars.ts) << "10-PM and 22:00:00 are the same hour";
    EXPECT_EQ(mapped.bars.volume.back(), 14858898.1);
}

TEST(DirtyFiles, TheClockOfAFileMoves) {
    EVOLVE_NEED_DATA();
    const std::vector<Finding> report = import_bars(dirty("eurusd_1h_fxcm_tzshift.csv.gz"), Timeframe::h1).report;
    ASSERT_EQ(count_of(report, FindingKind::timezone_shift), 1u);
    const Finding shift = finding_of(report, FindingKind::timezone_shift);
    EXPECT_EQ(shift.line, 1901u);
    EXPECT_EQ(shift.detail,
              "from 2009-09-20T14:00:00Z on the week's opening moves from Sunday 12:00 to Sunday 16:00 UTC (+4 h)");
    EXPECT_EQ(count_of(report, FindingKind::gap), 0u) << "weekends are no gaps";
}

TEST(DirtyFiles, FlatRuns) {
    EVOLVE_NEED_DATA();
    const std::vector<Finding> report = import_bars(dirty("btcusd_2h_bitstamp_flat.csv.gz"), Timeframe::h1).report;
    EXPECT_EQ(finding_of(report, FindingKind::timeframe_mismatch).detail, "bars are usually 2h apart, not 1h");
    const Finding longest = finding_of(report, FindingKind::flat_run, 1);
    EXPECT_EQ(longest.line, 90u);
    EXPECT_EQ(longest.rows, 59u);
    EXPECT_EQ(finding_of(report, FindingKind::flat_run, 20).detail, "32 more, from line 3 to line 2621");
    EXPECT_EQ(finding_of(report, FindingKind::jump).detail, "2011-11-25T16:00:00Z: close 2.7 after 15");
}

TEST(DirtyFiles, BrokerHeader) {
    EVOLVE_NEED_DATA();
    const ImportResult result = import_bars(dirty("usdchf_1h_mt5_asis.csv"), Timeframe::h1);
    EXPECT_EQ(finding_of(result.report, FindingKind::column_chosen).detail, "ts is read from \"Date\"");
    EXPECT_EQ(finding_of(result.report, FindingKind::column_chosen, 1).detail, "volume is read from \"tick_volume\"");
    EXPECT_EQ(result.bars.open.front(), 97873);
    EXPECT_EQ(result.bars.volume.front(), 1448);
    // A broker's clock: two hours east of UTC.
    const ImportResult east =
        import_bars(dirty("usdchf_1h_mt5_asis.csv"), Timeframe::h1, {.timezone_offset_minutes = 120});
    EXPECT_EQ(format_timestamp(east.bars.ts.front()), "2014-12-08T05:00:00Z");
}

// Clean series stay whole, and their nights, weekends and daylight-saving times are no findings.
TEST(CleanFiles, AreReadWhole) {
    EVOLVE_NEED_DATA();
    std::size_t files = 0;
    for (const char* folder : {"daily", "universe", "intraday", "fx", "alts5m"}) {
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::path(EVOLVE_DATA_DIR) / "bars" / folder)) {
            const std::string name = entry.path().filename().string();
            const Timeframe timeframe = name.find("_1mo") != std::string::npos  ? Timeframe::mo1
                                        : name.find("_1m") != std::string::npos ? Timeframe::m1
                                        : name.find("_5m") != std::string::npos ? Timeframe::m5
                                        : name.find("_1h") != std::string::npos ? Timeframe::h1
                                                                                : Timeframe::d1;
            const std::string csv = test::read_text(entry.path());
            const ImportResult result = import_bars(csv, timeframe);
            test::expect_clean(result);
            EXPECT_EQ(result.bars.size(), data_rows(csv, 1)) << name;
            for (const FindingKind kind : {FindingKind::unsorted, FindingKind::misaligned, FindingKind::timezone_shift,
                                           FindingKind::timeframe_mismatch}) {
                EXPECT_EQ(count_of(result.report, kind), 0u) << name << " " << to_string(kind);
            }
            if (timeframe == Timeframe::d1) {
                // 11 to 17 September 2001, when American exchanges stayed closed, is the only longer absence.
                const bool covers_2001 = result.bars.ts.front() < 11'500 * microseconds_per_day;
                EXPECT_EQ(test::rows_of(result.report, FindingKind::gap), covers_2001 ? 4u : 0u) << name;
            }
            ++files;
        }
    }
    EXPECT_GE(files, 50u);
}

TEST(CleanFiles, ThreeHundredThousandRowsInASecond) {
    EVOLVE_NEED_DATA();
    const std::string csv =
        test::read_text(std::filesystem::path(EVOLVE_DATA_DIR) / "bars" / "intraday" / "btcusd_1m_2018.csv.gz");
    // Time of the processor, not of the clock on the wall: other work on the machine is no matter.
    const std::clock_t start = std::clock();
    const ImportResult result = import_bars(csv, Timeframe::m1);
    const double taken = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    EXPECT_EQ(result.bars.size(), 303'959u);
    if (!test::core_is_watched()) {
        EXPECT_LT(taken, 1.0);
    }
}

}  // namespace
}  // namespace evolve
