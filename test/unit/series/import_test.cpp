#include "core/series/import.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "core/series/timestamp.hpp"
#include "series/import_support.hpp"

namespace evolve {
namespace {

using test::count_of;
using test::finding_of;
using test::rows_of;

const std::string header = "ts,open,high,low,close,volume\n";

ImportResult read(std::string_view csv, const ImportOptions& options = {}, Timeframe timeframe = Timeframe::d1) {
    ImportResult result = import_bars(csv, timeframe, options);
    test::expect_clean(result);
    return result;
}

std::string times(const Bars& bars) {
    std::string text;
    for (const Timestamp ts : bars.ts) text += (text.empty() ? "" : " ") + format_timestamp(ts).substr(0, 16);
    return text;
}

Error error_of(std::string_view csv, const ImportOptions& options = {}) {
    try {
        import_bars(csv, Timeframe::d1, options);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::internal, ""};
}

TEST(Import, ACleanFile) {
    const ImportResult result =
        read(header + "2020-01-06T00:00:00Z,10,12,9,11,100\n2020-01-07T00:00:00Z,11,13,10,12,2e2");
    EXPECT_EQ(test::summary(result.report), "accepted 2");
    EXPECT_EQ(times(result.bars), "2020-01-06T00:00 2020-01-07T00:00");
    EXPECT_EQ(result.bars.open, (LongVector<double>{10, 11}));
    EXPECT_EQ(result.bars.high, (LongVector<double>{12, 13}));
    EXPECT_EQ(result.bars.low, (LongVector<double>{9, 10}));
    EXPECT_EQ(result.bars.close, (LongVector<double>{11, 12}));
    EXPECT_EQ(result.bars.volume, (LongVector<double>{100, 200}));
}

struct Spelling {
    const char* name;
    const char* csv;
};

class Spellings : public testing::TestWithParam<Spelling> {};

// Many ways to write the same two bars.
TEST_P(Spellings, GiveTheSameBars) {
    const ImportResult result = read(GetParam().csv, {}, Timeframe::h1);
    EXPECT_EQ(times(result.bars), "2020-02-13T09:00 2020-02-13T10:00");
    EXPECT_EQ(result.bars.open, (LongVector<double>{1, 1.5}));
    EXPECT_EQ(result.bars.high, (LongVector<double>{2, 3}));
    EXPECT_EQ(result.bars.low, (LongVector<double>{0.5, 1}));
    EXPECT_EQ(result.bars.close, (LongVector<double>{1.5, 2.5}));
    EXPECT_EQ(result.bars.volume, (LongVector<double>{7, 8}));
}

INSTANTIATE_TEST_SUITE_P(
    All, Spellings,
    testing::Values(
        Spelling{"plain",
                 "ts,open,high,low,close,volume\n2020-02-13 09:00,1,2,0.5,1.5,7\n2020-02-13 10:00,1.5,3,1,2.5,8\n"},
        Spelling{"windows",
                 "\xEF\xBB\xBFTs,Open,High,Low,Close,Volume\r\n2020-02-13 09:00,1,2,0.5,1.5,7\r\n\r\n2020-02-13 "
                 "10:00,1.5,3,1,2.5,8\r\n\r\n"},
        Spelling{"order",
                 "close;low;high;open;volume;time\n1.5;0.5;2;1;7;2020-02-13T09:00Z\n2.5;1;3;1.5;8;2020-02-13T10:00Z"},
        Spelling{
            "tabs",
            "date\ttime\to\th\tl\tc\tv\n13.02.2020\t09:00\t1\t2\t0.5\t1.5\t7\n13.02.2020\t10:00\t1.5\t3\t1\t2.5\t8\n"},
        Spelling{"pipes",
                 "datetime|open|high|low|close|vol\n2020-02-13 09-AM|1|2|0.5|1.5|7\n2020-02-13 10-AM|1.5|3|1|2.5|8\n"},
        Spelling{"broker",
                 "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<SPREAD>\n2020.02.13\t09:00:00\t1\t2\t0."
                 "5\t1.5\t7\t3\n2020.02.13\t10:00:00\t1.5\t3\t1\t2.5\t8\t3\n"},
        Spelling{"digits",
                 "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\nX,60,20200213,090000,1,2,0.5,1.5,"
                 "7\nX,60,20200213,100000,1.5,3,1,2.5,8\n"},
        Spelling{
            "quotes",
            "\"Date\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"\n\"2020-02-13, "
            "09:00\",\"1\",\"2\",\"0.5\",\"1.5\",\"7\"\n\"2020-02-13, 10:00\",\"1.5\",\"3\",\"1\",\"2.5\",\"8\"\n"},
        Spelling{"klines",
                 "Open time,Open,High,Low,Close,Volume,Close time,Quote asset "
                 "volume\n1581584400000,1,2,0.5,1.5,7,1581587999999,9\n1581588000000,1.5,3,1,2.5,8,1581591599999,9\n"},
        Spelling{"monies",
                 "timestamp,open,high,low,close,Volume USD,Volume "
                 "BTC\n1581584400,1,2,0.5,1.5,700,7\n1581588000,1.5,3,1,2.5,800,8\n"},
        Spelling{"adjusted",
                 "Date,Open,High,Low,Close,Adj Close,Volume\n02/13/2020 09:00,1,2,0.5,1.5,0.1,7\n02/13/2020 "
                 "10:00,1.5,3,1,2.5,0.2,8\n"},
        Spelling{"spaces",
                 " ts , open , high , low , close , volume \n 2020-02-13 09:00 , 1 , 2 , 0.5 , 1.5 , 7 \n 2020-02-13 "
                 "10:00 , +1.5 , 3.0 , 1 , 2.50 , 8 \n"},
        Spelling{"trailing",
                 "ts,open,high,low,close,volume,\n2020-02-13 09:00,1,2,0.5,1.5,7,\n2020-02-13 10:00,1.5,3,1,2.5,8\n"}),
    [](const testing::TestParamInfo<Spelling>& tested) { return tested.param.name; });

TEST(Import, RefusedRowsAreNamed) {
    const ImportResult result = read(header +
                                     "2020-01-01,1,1,1,1,1\n"      // 2
                                     "2020-01-02,1,1,1,1\n"        // 3
                                     "2020-01-03,1,1,1,1,1,000\n"  // 4: a thousands separator
                                     "2020-01-04,\"1,1,1,1,1\n"    // 5
                                     "2020-01-05,,1,NaN,1,N/A\n"   // 6
                                     ",1,1,1,1,1\n"                // 7
                                     "today,1,1,1,1,1\n"           // 8
                                     "2020-01-08,1,1,1,x,1\n"      // 9
                                     "2020-01-09,1,1e999,1,1,1\n"  // 10
                                     "2020-01-10,1,inf,1,1,1\n"    // 11
                                     "1850-01-01,1,1,1,1,1\n"      // 12
                                     "2020-01-12,1,2e15,1,1,1\n"   // 13
                                     "2020-01-13,1,1,0,1,1\n"      // 14
                                     "2020-01-14,1,1,1,1,-1\n"     // 15
                                     "2020-01-15,1,1,2,1,1\n"      // 16
                                     "2020-01-01,1,1,1,1,1\n"      // 17
                                     "2020-01-01,1,1,1,1,2\n"      // 18
                                     "   \n"                       // 19: empty, no row
                                     ",,,,,\n");                   // 20
    std::string lines;
    for (const Finding& finding : result.report) {
        if (is_refusal(finding.kind)) {
            lines += std::to_string(finding.line) + " " + std::string(to_string(finding.kind)) + ": " + finding.detail +
                     "\n";
        }
    }
    EXPECT_EQ(lines,
              "3 malformed: 5 fields instead of 6: 2020-01-02,1,1,1,1\n"
              "4 malformed: 7 fields instead of 6: 2020-01-03,1,1,1,1,1,000\n"
              "5 malformed: a quoted field does not end: 2020-01-04,\"1,1,1,1,1\n"
              "6 blank: no value for open, low, volume\n"
              "7 blank: no value for ts\n"
              "20 blank: no value for ts, open, high, low, close, volume\n"
              "8 bad_timestamp: \"today\" is not a time\n"
              "9 bad_number: close \"x\" is not a number\n"
              "10 bad_number: high \"1e999\" is not a number\n"
              "11 not_finite: high is not a finite number\n"
              "12 out_of_range: the time \"1850-01-01\" is outside the years 1900 to 2200\n"
              "13 out_of_range: high 2e+15 is over 1e+15\n"
              "14 negative: low is 0, not above 0\n"
              "15 negative: volume is -1, below 0\n"
              "16 broken_ohlc: high 1 is below low 2\n"
              "17 duplicate_identical: 2020-01-01T00:00:00Z: the same as line 2\n"
              "18 duplicate_conflict: 2020-01-01T00:00:00Z: volume 2 here, 1 in line 2, which is kept\n");
    EXPECT_EQ(result.bars.size(), 1u);
    EXPECT_EQ(test::accounted_rows(result.report), 18u);
}

TEST(Import, NumbersAreNotGuessed) {
    for (const char* number : {"1,5", "$1", "1 000", "1_000", "0x1", "1e", "--1", "+-1", "1.2.3", "1%",
                               "\xC2\xA0"
                               "1"}) {
        const ImportResult result =
            read("ts;open;high;low;close;volume\n2020-01-01;" + std::string(number) + ";2;1;1;1\n");
        EXPECT_TRUE(result.bars.empty()) << number;
        EXPECT_EQ(rows_of(result.report, FindingKind::bad_number), 1u) << number;
    }
    for (const char* blank : {"", " ", "NULL", "null", "NaN", "nan", "N/A", "#N/A", "None", "-", "--", "\"\""}) {
        const ImportResult result =
            read("ts;open;high;low;close;volume\n2020-01-01;" + std::string(blank) + ";2;1;1;1\n");
        EXPECT_EQ(rows_of(result.report, FindingKind::blank), 1u) << blank;
    }
    EXPECT_EQ(read(header + "2020-01-01,1,1,1,1,-0\n").bars.volume.at(0), 0);
    EXPECT_FALSE(std::signbit(read(header + "2020-01-01,1,1,1,1,-0\n").bars.volume.at(0)));
}

TEST(Import, NoVolumeIsNone) {
    const ImportResult result = read("ts,open,high,low,close\n2020-01-01,1,1,1,1\n");
    EXPECT_EQ(result.bars.volume.at(0), 0);
    EXPECT_EQ(finding_of(result.report, FindingKind::column_chosen).detail, "there is no volume: it is 0");
}

TEST(Import, AdjustedCloseIsNotTakenForTheClose) {
    const Error error = error_of("Date,Open,High,Low,Adj Close,Volume\n2020-01-01,1,1,1,1,1\n");
    EXPECT_EQ(error.code(), ErrorCode::invalid_bars);
    EXPECT_NE(error.hint().find("Line 1 comes nearest: it lacks close."), std::string::npos) << error.hint();
}

TEST(Import, UnusableFilesAreErrors) {
    EXPECT_EQ(error_of("").hint().substr(0, 35), "There is no line with text in it. N");
    EXPECT_EQ(error_of("\n \r\n").hint().substr(0, 33), "There is no line with text in it.");
    EXPECT_EQ(error_of("<html>\n<body>").hint().substr(0, 31), "The text begins with \"<html>\". ");
    EXPECT_EQ(error_of("2020-01-01,1,1,1,1,1\n").message(),
              "no header names the columns ts, open, high, low and close");
    EXPECT_EQ(error_of(std::string(200'000, ',')).code(), ErrorCode::invalid_bars);
    ImportOptions options;
    options.columns[4].name = "Settle";
    EXPECT_NE(error_of(header + "2020-01-01,1,1,1,1,1\n", options).hint().find("lacks close (\"Settle\")"),
              std::string::npos);
    options = {};
    options.delimiter = ';';
    EXPECT_EQ(error_of(header, options).code(), ErrorCode::invalid_bars);
    options.delimiter = 'x';
    EXPECT_EQ(error_of(header, options).code(), ErrorCode::invalid_option);
    options = {};
    options.timezone_offset_minutes = 841;
    EXPECT_EQ(error_of(header, options).code(), ErrorCode::invalid_option);
}

TEST(Import, AHeaderAloneIsAnEmptySeries) {
    const ImportResult result = read(header);
    EXPECT_TRUE(result.bars.empty());
    EXPECT_EQ(test::summary(result.report), "accepted 0");
}

TEST(Import, BannersBeforeTheHeader) {
    const ImportResult result = read("# made by hand\n\nsep=;\nts;open;high;low;close;volume\n2020-01-01;1;1;1;1;1\n");
    EXPECT_EQ(result.bars.size(), 1u);
    EXPECT_EQ(finding_of(result.report, FindingKind::banner).line, 1u);
    EXPECT_EQ(finding_of(result.report, FindingKind::banner, 1).line, 3u);
    EXPECT_EQ(finding_of(result.report, FindingKind::banner, 1).detail, "sep=;");
}

TEST(Import, TheHeaderMustBeAmongTheFirstHundredLines) {
    std::string text;
    for (int i = 0; i < 99; ++i) text += "line\n\n";
    EXPECT_EQ(read(text + header + "2020-01-01,1,1,1,1,1\n").bars.size(), 1u);
    EXPECT_EQ(error_of(text + "line\n" + header).code(), ErrorCode::invalid_bars);
}

TEST(Import, OneProvenDateSettlesTheOrderOfAll) {
    const std::string names = "date,open,high,low,close\n";
    const ImportResult day = read(names + "03/02/2020,1,1,1,1\n04/02/2020,1,1,1,1\n13/02/2020,1,1,1,1\n");
    EXPECT_EQ(times(day.bars), "2020-02-03T00:00 2020-02-04T00:00 2020-02-13T00:00");
    EXPECT_EQ(finding_of(day.report, FindingKind::column_chosen, 2).detail,
              "dates are read day first because of \"13/02/2020\"");
    const ImportResult month = read(names + "02/13/2020,1,1,1,1\n02/03/2020,1,1,1,1\n");
    EXPECT_EQ(times(month.bars), "2020-02-03T00:00 2020-02-13T00:00");
    // Nothing proves an order, or both: unclear dates are refused.
    const ImportResult unclear = read(names + "03/02/2020,1,1,1,1\n05/05/2020,1,1,1,1\n");
    EXPECT_EQ(times(unclear.bars), "2020-05-05T00:00");
    EXPECT_EQ(rows_of(unclear.report, FindingKind::bad_timestamp), 1u);
    const ImportResult both = read(names + "03/02/2020,1,1,1,1\n13/02/2020,1,1,1,1\n02/14/2020,1,1,1,1\n");
    EXPECT_EQ(times(both.bars), "2020-02-13T00:00 2020-02-14T00:00");
    EXPECT_EQ(rows_of(both.report, FindingKind::bad_timestamp), 1u);
    // The option comes first.
    const ImportResult given =
        read(names + "03/02/2020,1,1,1,1\n13/02/2020,1,1,1,1\n", {.date_order = DateOrder::month_first});
    EXPECT_EQ(times(given.bars), "2020-03-02T00:00");
}

TEST(Import, RowsOutOfOrderAreSorted) {
    const auto unsorted = [](const std::string& rows) {
        return finding_of(read(header + rows).report, FindingKind::unsorted);
    };
    const Finding one = unsorted("2020-01-02,1,1,1,1,1\n2020-01-01,1,1,1,1,1\n2020-01-03,1,1,1,1,1\n");
    EXPECT_EQ(one.line, 3u);
    EXPECT_EQ(one.rows, 1u);
    EXPECT_EQ(one.detail, "1 row is earlier than the one before");
    const Finding all = unsorted("2020-01-03,1,1,1,1,1\n2020-01-02,1,1,1,1,1\n2020-01-01,1,1,1,1,1\n");
    EXPECT_EQ(all.rows, 2u);
    EXPECT_EQ(all.detail, "newest first");
}

TEST(Import, DuplicatesByRule) {
    const std::string csv = header +
                            "2020-01-02,5,5,5,5,1\n2020-01-01,1,1,1,1,1\n2020-01-01,2,2,2,2,1\n"
                            "2020-01-01,1,1,1,1,1\n2020-01-02,5,5,5,5,1\n";
    const auto close_of = [&](OnDuplicate rule) { return read(csv, {.on_duplicate = rule}).bars.close; };
    EXPECT_EQ(close_of(OnDuplicate::first), (LongVector<double>{1, 5}));
    EXPECT_EQ(close_of(OnDuplicate::last), (LongVector<double>{1, 5}));
    EXPECT_EQ(close_of(OnDuplicate::drop), (LongVector<double>{5}));
    const auto report_of = [&](OnDuplicate rule) {
        std::string text;
        for (const Finding& finding : read(csv, {.on_duplicate = rule}).report) {
            if (is_refusal(finding.kind)) text += std::to_string(finding.line) + " " + finding.detail + "\n";
        }
        return text;
    };
    EXPECT_EQ(report_of(OnDuplicate::first),
              "5 2020-01-01T00:00:00Z: the same as line 3\n6 2020-01-02T00:00:00Z: the same as line 2\n"
              "4 2020-01-01T00:00:00Z: open 2 here, 1 in line 3, which is kept\n");
    EXPECT_EQ(report_of(OnDuplicate::last),
              "3 2020-01-01T00:00:00Z: the same as line 5\n2 2020-01-02T00:00:00Z: the same as line 6\n"
              "4 2020-01-01T00:00:00Z: open 2 here, 1 in line 5, which is kept\n");
    EXPECT_EQ(report_of(OnDuplicate::drop),
              "6 2020-01-02T00:00:00Z: the same as line 2\n"
              "3 2020-01-01T00:00:00Z: open 1 here, 2 in line 4; none is kept\n"
              "4 2020-01-01T00:00:00Z: open 2 here, 1 in line 3; none is kept\n"
              "5 2020-01-01T00:00:00Z: open 1 here, 2 in line 4; none is kept\n");
}

TEST(Import, ManyDuplicatesOfOneTimeAreNoBurden) {
    std::string csv = header;
    for (int i = 0; i < 100'000; ++i) csv += "2020-01-01,1,1,1,1,1\n";
    csv += "2020-01-01,2,2,2,2,1\n";
    EXPECT_EQ(read(csv, {.on_duplicate = OnDuplicate::drop}).bars.size(), 0u);
}

TEST(Import, FilesWithoutAHeader) {
    ImportOptions options;
    for (std::size_t c = 0; c < 5; ++c) options.columns[c].number = c + 2;
    const ImportResult result =
        read("something else\nX;13/02/2020 09:00;1;2;0.5;1.5;99\nX;14/02/2020 09:00;1;2;0.5;1.5;99\n", options);
    EXPECT_EQ(times(result.bars), "2020-02-13T09:00 2020-02-14T09:00");
    EXPECT_EQ(result.bars.volume, (LongVector<double>{0, 0}));
    EXPECT_EQ(rows_of(result.report, FindingKind::banner), 1u);
    options.columns[5].number = 7;
    EXPECT_EQ(read("X,2020-01-01,1,2,0.5,1.5,99\n", options).bars.volume.at(0), 99);
    EXPECT_EQ(error_of("X,2020-01-01,1,2,0.5\n", options).message(), "no row has a time in the column given for ts");
    // A name needs a header, where numbers still count.
    options.columns[5] = {.name = "size", .number = 0};
    EXPECT_EQ(error_of("X,2020-01-01,1,2,0.5,1.5,99\n", options).code(), ErrorCode::invalid_bars);
    EXPECT_EQ(read("a,b,c,d,e,f,Size\nX,2020-01-01,1,2,0.5,1.5,99\n", options).bars.volume.at(0), 99);
}

TEST(Import, DetailsAreLimited) {
    std::string csv = header;
    for (int i = 0; i < 100; ++i) csv += "x,1,1,1,1,1\n";
    for (const std::size_t limit : {std::size_t{0}, std::size_t{3}, std::size_t{100}}) {
        ImportOptions options;
        options.max_details = limit;
        const ImportResult result = read(csv, options);
        EXPECT_EQ(rows_of(result.report, FindingKind::bad_timestamp), 100u);
        EXPECT_EQ(count_of(result.report, FindingKind::bad_timestamp), limit == 100 ? 100 : limit + 1);
    }
}

std::atomic<int> polls{0};
bool count_polls() noexcept {
    ++polls;
    return false;
}
bool stop_at_once() noexcept { return true; }

TEST(Import, CanBeStopped) {
    std::string csv = header;
    for (int i = 0; i < 40'000; ++i) csv += std::to_string(1'500'000'000 + i * 60) + ",1,1,1,1,1\n";
    EXPECT_EQ(import_bars(csv, Timeframe::m1, {}, {.poll = count_polls}).bars.size(), 40'000u);
    EXPECT_GE(polls.load(), 5);
    try {
        import_bars(csv, Timeframe::m1, {}, {.poll = stop_at_once});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::interrupted);
    }
}

TEST(Import, KeepsToItsMemory) {
    std::string csv = header;
    for (int i = 0; i < 5000; ++i) csv += std::to_string(1'500'000'000 + i * 60) + ",1,1,1,1,1\n";
    Control control;
    control.memory_limit = 100'000;
    try {
        import_bars(csv, Timeframe::m1, {}, control);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
    }
    control.memory_limit = 1'000'000;
    EXPECT_EQ(import_bars(csv, Timeframe::m1, {}, control).bars.size(), 5000u);
}

}  // namespace
}  // namespace evolve
