// What holds for every file: a bad bar never comes out, every row is accounted for, and the order of rows is no matter.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/number.hpp"
#include "core/base/random.hpp"
#include "core/series/timestamp.hpp"
#include "series/import_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve {
namespace {

template <typename T>
void shuffle(std::vector<T>& items, Random& random) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t start = 0;
    for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
        lines.push_back(text.substr(start, end - start));
    }
    return lines;
}

std::string joined(const std::string& head, const std::vector<std::string>& lines) {
    std::string text = head;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

void expect_same_bars(const Bars& a, const Bars& b) {
    EXPECT_EQ(a.ts, b.ts);
    EXPECT_EQ(a.open, b.open);
    EXPECT_EQ(a.high, b.high);
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.close, b.close);
    EXPECT_EQ(a.volume, b.volume);
}

std::vector<std::string> clean_rows(Random& random, std::size_t count) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < count; ++i) {
        const double open = 1 + random.uniform(), close = 1 + random.uniform();
        rows.push_back(format_timestamp(1'500'000'000 * microseconds_per_second +
                                        static_cast<Timestamp>(i) * 3600 * microseconds_per_second) +
                       "," + format_number(open) + "," + format_number(std::max(open, close) + 0.5) + "," +
                       format_number(std::min(open, close) - 0.5) + "," + format_number(close) + "," +
                       std::to_string(random.below(1000)));
    }
    return rows;
}

const std::string header = "ts,open,high,low,close,volume\n";

TEST(ImportProperty, TheOrderOfRowsIsNoMatter) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        std::vector<std::string> rows = clean_rows(random, 500);
        const ImportResult sorted = import_bars(joined(header, rows), Timeframe::h1);
        ASSERT_EQ(sorted.bars.size(), 500u);
        shuffle(rows, random);
        const ImportResult shuffled = import_bars(joined(header, rows), Timeframe::h1);
        expect_same_bars(sorted.bars, shuffled.bars);
        EXPECT_EQ(test::count_of(shuffled.report, FindingKind::unsorted), 1u);
    }
}

TEST(ImportProperty, JunkChangesNothingAndIsCounted) {
    const std::vector<std::string> junk = {"",
                                           "total,,,,,",
                                           "2017-07-14T02:40:00Z,1,2,1,1",
                                           "2017-07-14T02:40:00Z,1,0.5,1,1,1",
                                           "2017-07-14T02:40:00Z,nan,2,1,1,1",
                                           "2017-07-14T02:40:00Z,1,2,-1,1,1",
                                           "2017-07-14T02:40:00Z,1,1e300,1,1,1",
                                           "99999999999999999999,1,2,1,1,1",
                                           "\"2017-07-14T02:40:00Z,1,2,1,1,1",
                                           "ts,open,high,low,close,volume",
                                           "<b>503 Service Unavailable</b>",
                                           "\xFF\xFE\x01,\x80,,,,",
                                           ",,,,,,,,,,,,,,"};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        std::vector<std::string> rows = clean_rows(random, 200);
        const ImportResult clean = import_bars(joined(header, rows), Timeframe::h1);
        std::size_t junk_rows = 0;
        for (int i = 0; i < 100; ++i) {
            const std::string& line = junk[random.below(junk.size())];
            rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(random.below(rows.size() + 1)), line);
            junk_rows += line.empty() ? 0 : 1;
        }
        const ImportResult dirty = import_bars(joined(header, rows), Timeframe::h1);
        expect_same_bars(clean.bars, dirty.bars);
        EXPECT_EQ(test::accounted_rows(dirty.report), 200 + junk_rows);
    }
}

// Real dirty files, cut, repeated and broken byte by byte.
TEST(ImportProperty, NoDamageLetsABadBarThrough) {
    EVOLVE_NEED_DATA();
    const std::filesystem::path folder = std::filesystem::path(EVOLVE_DATA_DIR) / "dirty";
    for (const char* name : {"bhf_1d_blanks.csv", "ua_1d_blanks.csv", "btcusdt_1h_cdd_asis.csv.gz",
                             "usdchf_1h_mt5_asis.csv", "eurusd_1h_fxcm_tzshift.csv.gz"}) {
        std::vector<std::string> lines = lines_of(test::read_text(folder / name));
        lines.resize(std::min<std::size_t>(lines.size(), 400));
        for (std::uint64_t seed = 1; seed <= 25; ++seed) {
            Random random(seed);
            std::vector<std::string> damaged(lines.begin() + 2, lines.end());
            shuffle(damaged, random);
            constexpr std::string_view bytes = "0123456789.,-+eE:;\"\t naifNZ";
            for (int i = 0; i < 400; ++i) {
                std::string& line = damaged[random.below(damaged.size())];
                if (line.empty()) continue;
                const std::size_t at = random.below(line.size());
                switch (random.below(4)) {
                    case 0:
                        line[at] = bytes[random.below(bytes.size())];
                        break;
                    case 1:
                        line.erase(at, 1 + random.below(5));
                        break;
                    case 2:
                        line.insert(at, 1, bytes[random.below(bytes.size())]);
                        break;
                    default:
                        line += damaged[random.below(damaged.size())];
                        break;
                }
            }
            const std::string text = joined(lines[0] + "\n" + lines[1] + "\n", damaged);
            for (const OnDuplicate rule : {OnDuplicate::first, OnDuplicate::last, OnDuplicate::drop}) {
                const ImportResult result = import_bars(text, Timeframe::h1, {.on_duplicate = rule});
                test::expect_clean(result);
            }
        }
    }
}

}  // namespace
}  // namespace evolve
